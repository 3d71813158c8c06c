#include "vector/kernel_set.h"
#include "vector/vector.h"

/* Sums kept in registers at a time: enough not to wait for one another. */
enum { TILE = 5 };

void ISA_NAME(image_moments_widen)(double *to, const float *x, int n) {
  for (int i = 0; i < n * LANES; i += VH) vdh_store(to + i, vdh_of_floats(x + i));
}

static inline void tile(double *sums, const double *a, const double *b, int n_taps, int stride,
                        int n) {
  for (int lane = 0; lane < LANES; lane += VH) {
    vdh sum[TILE] = {{0}};
    for (int j = 0; j < n; j++) {
      const size_t at = (size_t)(j * stride * LANES + lane);
      const vdh left = vdh_load(a + at);
      for (int k = 0; k < n_taps; k++)
        sum[k] = vdh_add_product(sum[k], left, vdh_load(b + at + k * LANES));
    }
    for (int k = 0; k < n_taps; k++) vdh_store(sums + k * LANES + lane, sum[k]);
  }
}

/* With n_taps known to the compiler. */
static void tile_of(double *sums, const double *a, const double *b, int n_taps, int stride, int n) {
  switch (n_taps) {
  case 1:
    tile(sums, a, b, 1, stride, n);
    break;
  case 2:
    tile(sums, a, b, 2, stride, n);
    break;
  case 3:
    tile(sums, a, b, 3, stride, n);
    break;
  case 4:
    tile(sums, a, b, 4, stride, n);
    break;
  default:
    tile(sums, a, b, TILE, stride, n);
    break;
  }
}

void ISA_NAME(image_moments_products)(double *sums, const double *a, int n_left, const double *b,
                                      int n_right, int stride, int n) {
  for (int l = 0; l < n_left; l++, sums += n_right * LANES)
    for (int k = 0; k < n_right; k += TILE)
      tile_of(sums + k * LANES, a + l * LANES, b + k * LANES,
              n_right - k < TILE ? n_right - k : TILE, stride, n);
}
