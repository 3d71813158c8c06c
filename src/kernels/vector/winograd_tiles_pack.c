#include "vector/winograd_tiles.h"

/* Weights of a tile of output channels, in packed order, that are transformed together. */
enum { CHUNK = 64 };

typedef struct Chunk {
  int n;
  CACHE_LINE double g[9][CHUNK]; /* [tap][n] */
} Chunk;

/* The weights of element number first on; an element is an input channel and an output channel of a
 * tile of n_out. */
static void gather(Chunk *chunk, CorrelationWeights w, int first, int n, int n_out) {
  chunk->n = n;
  for (int tap = 0; tap < 9; tap++) {
    const float *from = w.w + tap * w.step;
    int in = first / n_out, out = first % n_out;
    for (int e = 0; e < n; e++) {
      chunk->g[tap][e] = (double)from[out * w.out + in * w.in];
      if (++out < n_out) continue;
      out = 0;
      in++;
    }
  }
  for (int tap = 0; tap < 9; tap++)
    for (int e = n; e < CHUNK; e++) chunk->g[tap][e] = 0;
}

/* Writes G g G' of the chunk's elements, point by point; each is rounded once. */
INLINE void transform(float *packed, size_t point, const Chunk *chunk, const int rows,
                      const int columns) {
  for (int e = 0; e < chunk->n; e += VH) {
    vdh down[WINOGRAD_N_MAX][3];
#pragma GCC unroll 3
    for (int kw = 0; kw < 3; kw++) {
      vdh g[3], u[WINOGRAD_N_MAX];
#pragma GCC unroll 3
      for (int kh = 0; kh < 3; kh++) g[kh] = vdh_load(&chunk->g[kh * 3 + kw][e]);
      winograd_weights(u, g, rows);
#pragma GCC unroll 6
      for (int i = 0; i < rows + 2; i++) down[i][kw] = u[i];
    }
    const size_t n = (size_t)(chunk->n - e < VH ? chunk->n - e : VH);
    for (int i = 0; i < rows + 2; i++) {
      vdh u[WINOGRAD_N_MAX];
      winograd_weights(u, down[i], columns);
#pragma GCC unroll 6
      for (int k = 0; k < columns + 2; k++) {
        const vfh rounded = vfh_of(u[k]);
        float *to = packed + (size_t)(i * (columns + 2) + k) * point + e;
        if (n == VH)
          memcpy(to, &rounded, sizeof rounded);
        else
          memcpy(to, &rounded, n * sizeof *to);
      }
    }
  }
}

void ISA_NAME(winograd_pack)(float *packed, CorrelationWeights w, const Correlation *c, Tile tile) {
  Chunk chunk;
  for (int o = 0; o < c->out.c; o += WINOGRAD_CHANNELS, w.w += WINOGRAD_CHANNELS * w.out) {
    const int n_out = c->out.c - o < WINOGRAD_CHANNELS ? c->out.c - o : WINOGRAD_CHANNELS;
    const int n_elements = c->in.c * n_out;
    const size_t point = (size_t)n_elements;
    for (int e = 0; e < n_elements; e += CHUNK) {
      const int n = n_elements - e < CHUNK ? n_elements - e : CHUNK;
      gather(&chunk, w, e, n, n_out);
      if (tile.columns == 4)
        transform(packed + e, point, &chunk, 3, 4);
      else if (tile.rows == 3)
        transform(packed + e, point, &chunk, 3, 3);
      else
        transform(packed + e, point, &chunk, 2, 2);
    }
    packed += n_elements * winograd_points(tile);
  }
}
