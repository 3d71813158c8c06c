#include "vector/dropout.h"
#include "vector/kernel_set.h"
#include "vector/norm_unit.h"
#include "vector/sums.h"

/* Of pixels that are taken at once: as many as there are registers for. */
#if defined ISA_IS_AVX512
enum { PIXELS = 4 };
#else
enum { PIXELS = 2 };
#endif

/* Adds n_channels channels of n pixels, which lie side by side, to their sums [n][16]. */
INLINE void pixels_add_squares(double *sum, double *square, const float *x, size_t stride,
                               int n_channels, int n) {
  for (int lane = 0; lane < LANES; lane += VL) {
    SquareSums s[PIXELS][2];
#pragma GCC unroll 8
    for (int i = 0; i < 2 * n; i++) {
      const int at = i / 2 * LANES + lane + i % 2 * VH;
      s[i / 2][i % 2] = (SquareSums){vdh_load(sum + at), vdh_load(square + at)};
    }
    for (int c = 0; c < n_channels; c++)
#pragma GCC unroll 8
      for (int i = 0; i < 2 * n; i++)
        add_square(&s[i / 2][i % 2], x + (size_t)c * stride + (i / 2) * LANES + lane + i % 2 * VH);
#pragma GCC unroll 8
    for (int i = 0; i < 2 * n; i++) {
      const int at = i / 2 * LANES + lane + i % 2 * VH;
      vdh_store(sum + at, s[i / 2][i % 2].x);
      vdh_store(square + at, s[i / 2][i % 2].square);
    }
  }
}

static void tile_sums(double *sum, double *square, const float *x, const NormCall *call) {
  const NormCall n = *call;
  const int end = n.band.channel + n.band.n_channels;
  const size_t n_pixels = (size_t)n.band.n_rows * (size_t)n.shape.w;
  for (int c = n.band.channel, n_channels; c < end; c += n_channels) {
    const int begin = c % n.unit_channels;
    const size_t at = (size_t)(c - n.band.channel) * n.band.x_stride;
    const int u = norm_unit_of(n.shape, n.unit, n.unit_channels, c, n.band.row, 0);
    double *to = sum + u * LANES, *to_square = square + u * LANES; /* [n_pixels][16] */
    n_channels = n.unit_channels - begin < end - c ? n.unit_channels - begin : end - c;
    if (begin == 0) {
      memset(to, 0, n_pixels * LANES * sizeof *to);
      memset(to_square, 0, n_pixels * LANES * sizeof *to_square);
    }
    size_t p = 0;
    for (; p + PIXELS <= n_pixels; p += PIXELS)
      pixels_add_squares(to + p * LANES, to_square + p * LANES, x + at + p * LANES, n.band.x_stride,
                         n_channels, PIXELS);
    for (; p < n_pixels; p++)
      pixels_add_squares(to + p * LANES, to_square + p * LANES, x + at + p * LANES, n.band.x_stride,
                         n_channels, 1);
  }
}

void ISA_NAME(norm_sums)(double *sum, double *square, const float *x, const NormCall *call) {
  if (call->unit == NORM_UNIT_PIXEL) {
    tile_sums(sum, square, x, call);
    return;
  }
  for (Walk w = walk_start(call->shape, call->band, call->unit, 0); walk_next(&w);) {
    double *unit_sum = sum + w.unit * LANES, *unit_square = square + w.unit * LANES; /* [16] */
    if (w.new_unit) {
      memset(unit_sum, 0, LANES * sizeof *unit_sum);
      memset(unit_square, 0, LANES * sizeof *unit_square);
    }
    for (int i = 0; i < w.n; i += RUN)
      run_add_squares(unit_sum, unit_square, x + w.x_at + (size_t)i * LANES,
                      w.n - i < RUN ? w.n - i : RUN);
  }
}

void ISA_NAME(norm_statistics)(const NormStatistics *statistics) {
  const NormStatistics s = *statistics;
  const double inverse = 1 / s.elements;
  for (size_t i = 0; i < (size_t)s.n * LANES; i += VH) {
    vdh mean = {0}, variance = vdh_load(s.square + i);
    if (s.is_centred) mean = vdh_load(s.sum + i);
    mean = s.by_inverse ? mean * inverse : mean / s.elements;
    variance = (s.by_inverse ? variance * inverse : variance / s.elements) - mean * mean;
    variance = (vdh)((vl)variance & ~(variance < 0));
    vdh_store(s.mean + i, mean);
    vdh_store(s.rstd + i, 1 / vdh_sqrt(variance + s.epsilon));
  }
}

void ISA_NAME(norm_scale_sums)(double *sum, size_t n, double factor) {
  for (size_t i = 0; i < n * LANES; i += VH) vdh_store(sum + i, vdh_load(sum + i) * factor);
}

/* What becomes of gamma xhat + beta. Constants, so that each is a kernel of its own. */
typedef struct Forward {
  int elementwise; /* gamma and beta differ from element to element */
  int drop, relu;
  int again; /* the masks are read, not made */
  int tiles; /* units are pixels */
} Forward;

/* A run of n elements that lie side by side in one unit, VL of their 16 lanes. */
typedef struct ForwardRun {
  float *y;                  /* [n][16] */
  const float *x;            /* [n][16] */
  uint16_t *passes;          /* [n] */
  const float *gamma, *beta; /* [n]; read where they differ from element to element */
  float factor;              /* of what dropout keeps */
  const Draw *draw;
  VectorLine line; /* xhat; gamma xhat + beta, times factor, where they are those of the channel */
  const UnitLine *pixels; /* [n]: xhat of each, in tiles */
  vf gain, offset;        /* of the channel, times factor, in tiles */
} ForwardRun;

/* Element i of the run, and byte `byte` of word `word` of its draw:
 *
 *   y = relu(dropout(gamma xhat + beta)),  xhat = (x - mean) rstd */
INLINE void forward_element(const ForwardRun *r, int i, int word, int byte, int lane, Forward f) {
  const int at = i * LANES + lane;
  const VectorLine line = f.tiles ? vector_line(&r->pixels[i], lane) : r->line;
  vf v = vf_fma(vf_load(r->x + at) - line.center, line.scale, line.shift);
  if (f.elementwise) v = vf_fma(v, vf_set(r->gamma[i] * r->factor), vf_set(r->beta[i] * r->factor));
  if (f.tiles && !f.elementwise) v = vf_fma(v, r->gain, r->offset);
  if (f.again) {
    v = vm_keep(vm_load(r->passes + i, lane), v);
  } else if (f.drop || f.relu) {
    if (f.drop) v = draw_apply(v, r->draw, word, byte, lane);
    const vm pass = f.relu ? vm_positive(v) : draw_kept(r->draw, word, byte, lane);
    vm_store(r->passes + i, lane, pass);
    if (f.relu) v = vm_keep(pass, v);
  }
  vf_store(r->y + at, v);
}

/* first: the number of the run's first element in its draw of 16. */
INLINE void forward_run(ForwardRun r, const UnitLine *line, int first, int n, Forward f) {
  const int quads = run_quads(n, first, f.drop);
  for (int lane = 0; lane < LANES; lane += VL) {
    if (!f.tiles) r.line = vector_line(line, lane);
    for (int q = 0; q < quads; q++)
#pragma GCC unroll 4
      for (int byte = 0; byte < 4; byte++)
        forward_element(&r, 4 * q + byte, first / 4 + q, byte, lane, f);
    for (int i = 4 * quads, e = first + i; i < n; i++, e++)
      forward_element(&r, i, e / 4, e % 4, lane, f);
  }
}

INLINE void forward(float *y, const float *x, const NormCall *call, Forward f) {
  const NormCall c = *call;
  ForwardRun r = {.factor = c.dropout ? dropout_factor(c.dropout) : 1};
  UnitLine lines[MOST_TILE];
  Draw draw;
  if (f.drop) {
    draw_start(&draw, c.dropout);
    r.draw = &draw;
  }
  const int by_row = c.affine == NORM_AFFINE_COLUMN;
  Walk w = f.tiles ? tiles_start(call, MOST_TILE, by_row, 1)
                   : walk_start(c.shape, c.band, c.unit, by_row);
  while (f.tiles ? tiles_next(&w) : walk_next(&w)) {
    const size_t k = affine_index(&w, c.affine), u = w.unit * LANES;
    const double gamma = f.elementwise ? 1 : (double)*gamma_of_run(&c, k) * r.factor;
    const double beta = f.elementwise ? 0 : (double)*beta_of_run(&c, k) * r.factor;
    if (!f.tiles && w.new_unit) unit_line_make(lines, c.mean + u, c.rstd + u, gamma, beta);
    if (f.tiles && w.new_unit) tile_lines_make(lines, c.mean + u, c.rstd + u, w.n);
    if (f.tiles) r.gain = vf_set((float)gamma), r.offset = vf_set((float)beta);
    for (int i = 0, n; i < w.n; i += n) {
      const size_t e = w.element + (size_t)i;
      n = draw_length(f.drop ? e : 0, w.n - i);
      r.y = y + w.at + (size_t)i * LANES;
      r.x = x + w.x_at + (size_t)i * LANES;
      if (f.drop || f.relu || f.again) r.passes = c.passes + e;
      if (f.elementwise) {
        r.gamma = gamma_of_run(&c, k + (size_t)i);
        r.beta = beta_of_run(&c, k + (size_t)i);
      }
      if (f.tiles) r.pixels = lines + i;
      if (f.drop) draw_group(&draw, e / RUN);
      forward_run(r, lines, f.drop ? (int)(e % RUN) : 0, n, f);
    }
  }
}

static int drops(const NormCall *call) {
  return call->dropout && call->dropout->threshold > 0;
}

INLINE void forward_anew(float *y, const float *x, const NormCall *call, int tiles) {
  const int elementwise = affine_is_elementwise(call->affine);
  switch (elementwise * 4 + drops(call) * 2 + (call->relu != 0)) {
  case 0:
    forward(y, x, call, (Forward){0, 0, 0, 0, tiles});
    break;
  case 1:
    forward(y, x, call, (Forward){0, 0, 1, 0, tiles});
    break;
  case 2:
    forward(y, x, call, (Forward){0, 1, 0, 0, tiles});
    break;
  case 3:
    forward(y, x, call, (Forward){0, 1, 1, 0, tiles});
    break;
  case 4:
    forward(y, x, call, (Forward){1, 0, 0, 0, tiles});
    break;
  case 5:
    forward(y, x, call, (Forward){1, 0, 1, 0, tiles});
    break;
  case 6:
    forward(y, x, call, (Forward){1, 1, 0, 0, tiles});
    break;
  default:
    forward(y, x, call, (Forward){1, 1, 1, 0, tiles});
    break;
  }
}

INLINE void forward_again(float *y, const float *x, const NormCall *call, int tiles) {
  const int elementwise = affine_is_elementwise(call->affine);
  switch (elementwise * 2 + (call->relu || drops(call))) {
  case 0:
    forward(y, x, call, (Forward){0, 0, 0, 0, tiles});
    break;
  case 1:
    forward(y, x, call, (Forward){0, 0, 0, 1, tiles});
    break;
  case 2:
    forward(y, x, call, (Forward){1, 0, 0, 0, tiles});
    break;
  default:
    forward(y, x, call, (Forward){1, 0, 0, 1, tiles});
    break;
  }
}

void ISA_NAME(norm_forward)(float *y, const float *x, const NormCall *call) {
  if (call->unit == NORM_UNIT_PIXEL)
    forward_anew(y, x, call, 1);
  else
    forward_anew(y, x, call, 0);
}

void ISA_NAME(norm_forward_again)(float *y, const float *x, const NormCall *call) {
  if (call->unit == NORM_UNIT_PIXEL)
    forward_again(y, x, call, 1);
  else
    forward_again(y, x, call, 0);
}
