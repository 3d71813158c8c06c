#include "vector/kernel_set.h"
#include "vector/vector.h"

/* Sums kept in registers at a time: enough not to wait for one another. */
enum { TILE = 5 };

void ISA_NAME(image_moments_widen)(double *to, const float *x, int n) {
  for (int i = 0; i < n * LANES; i += VH) vdh_store(to + i, vdh_of_floats(x + i));
}

/* Adds the products of n columns of a with n_taps columns of b to sum, of 2 VH lanes. */
INLINE void add_products(vdh sum[2][TILE], const double *a, const double *b, int n_taps, int stride,
                         int n) {
  for (int j = 0; j < n; j++, a += stride * LANES, b += stride * LANES)
#pragma GCC unroll 2
    for (int h = 0; h < 2; h++) {
      const vdh left = vdh_load(a + h * VH);
#pragma GCC unroll 5
      for (int k = 0; k < n_taps; k++)
        sum[h][k] = vdh_add_product(sum[h][k], left, vdh_load(b + k * LANES + h * VH));
    }
}

INLINE void tile(double *sums, const double *a, const double *b, int n_taps, int stride, int n) {
  for (int lane = 0; lane < LANES; lane += 2 * VH) {
    vdh sum[2][TILE] = {{{0}}};
    add_products(sum, a + lane, b + lane, n_taps, stride, n);
#pragma GCC unroll 2
    for (int h = 0; h < 2; h++)
#pragma GCC unroll 5
      for (int k = 0; k < n_taps; k++) vdh_store(sums + k * LANES + lane + h * VH, sum[h][k]);
  }
}

void ISA_NAME(image_moments_products)(double *sums, const double *a, const double *b, int n_taps,
                                      int stride, int n) {
  int k = 0;
  for (; k + TILE <= n_taps; k += TILE) tile(sums + k * LANES, a, b + k * LANES, TILE, stride, n);
  if (n_taps - k >= 3) {
    tile(sums + k * LANES, a, b + k * LANES, 3, stride, n);
    k += 3;
  }
  for (; k < n_taps; k++) tile(sums + k * LANES, a, b + k * LANES, 1, stride, n);
}

/* Pairs of taps (l, k) of the same k - l whose l differ by a multiple of the stride see the same
 * products but for a few at the ends of the row. */
typedef struct Ends {
  const double *a, *b; /* at the pair's first column */
  int stride;
  int n_left, n_right; /* columns before those that all such pairs have, and after them */
  int right;           /* the first of the latter */
} Ends;

/* sums[k] += core[k] and the products at both ends. */
INLINE void add_ends(double *sums, const double *core, const Ends *e, int k, int n_taps) {
  const int right = e->right * e->stride * LANES;
  for (int lane = 0; lane < LANES; lane += 2 * VH) {
    const double *a = e->a + lane, *b = e->b + k * LANES + lane;
    double *to = sums + k * LANES + lane;
    vdh sum[2][TILE];
#pragma GCC unroll 2
    for (int h = 0; h < 2; h++)
#pragma GCC unroll 5
      for (int i = 0; i < n_taps; i++)
        sum[h][i] =
            vdh_load(to + i * LANES + h * VH) + vdh_load(core + (k + i) * LANES + lane + h * VH);
    add_products(sum, a, b, n_taps, e->stride, e->n_left);
    add_products(sum, a + right, b + right, n_taps, e->stride, e->n_right);
#pragma GCC unroll 2
    for (int h = 0; h < 2; h++)
#pragma GCC unroll 5
      for (int i = 0; i < n_taps; i++) vdh_store(to + i * LANES + h * VH, sum[h][i]);
  }
}

static void add_all_ends(double *sums, const double *core, const Ends *e, int n_taps) {
  int k = 0;
  for (; k + TILE <= n_taps; k += TILE) add_ends(sums, core, e, k, TILE);
  if (n_taps - k >= 3) {
    add_ends(sums, core, e, k, 3);
    k += 3;
  }
  for (; k < n_taps; k++) add_ends(sums, core, e, k, 1);
}

/* Of the l that are `first` modulo the stride, which see n_core columns together: from the first
 * column of the last of them on. core[i] is that of k - l = i - last. */
static void add_class(double *sums, double *core, const double *a, const double *b, int first,
                      int n_taps, int stride, int n) {
  const int n_same = (n_taps - 1 - first) / stride + 1, last = first + (n_same - 1) * stride;
  const int n_core = n < n_same ? 0 : n - n_same + 1;
  const int skipped = a == b ? last : 0;
  ISA_NAME(image_moments_products)
  (core + skipped * LANES, a + last * LANES, b + skipped * LANES, last + n_taps - first - skipped,
   stride, n_core);
  for (int i = 0; i < n_same; i++) {
    const int l = first + i * stride, k = a == b ? l : 0;
    const int n_left = n_core > 0 ? n_same - 1 - i : n;
    const Ends ends = {.a = a + l * LANES,
                       .b = b + k * LANES,
                       .stride = stride,
                       .n_left = n_left,
                       .n_right = n - n_core - n_left,
                       .right = n_left + n_core};
    add_all_ends(sums + (l * n_taps + k) * LANES, core + (last - l + k) * LANES, &ends, n_taps - k);
  }
}

void ISA_NAME(image_moments_pairs)(double *sums, double *core, const double *a, const double *b,
                                   int n_taps, int stride, int n) {
  for (int first = 0; first < stride && first < n_taps; first++)
    add_class(sums, core, a, b, first, n_taps, stride, n);
}
