#include "kernel_test.h"
#include "kernels/image_moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* channels, h, w, kernel, stride, padding */
static const int CASES[][6] = {{1, 28, 28, 5, 1, 2}, {1, 9, 7, 3, 1, 0},   {3, 8, 10, 3, 1, 1},
                               {2, 11, 9, 5, 2, 2},  {1, 12, 6, 6, 1, 3},  {1, 10, 13, 7, 1, 6},
                               {2, 5, 5, 1, 1, 0},   {1, 5, 6, 5, 1, 0},   {2, 3, 4, 5, 2, 4},
                               {2, 7, 8, 1, 2, 0},   {1, 13, 12, 11, 1, 5}};
enum { N_CASES = sizeof CASES / sizeof CASES[0] };

typedef struct MomentsCase {
  ConvShape s;
  size_t n;
  int n_taps;
  double *dense; /* [16][c][h][w] */
  float *x, *scratch;
} MomentsCase;

/* Halves of whole numbers, so that all sums are exact in double precision. */
static MomentsCase make(const int c[6]) {
  MomentsCase k = {.s = {.kernel = c[3], .stride = c[4], .padding = c[5]}};
  k.s.in = shape_make(c[0], c[1], c[2]);
  k.s.out = shape_make(1, (c[1] + 2 * c[5] - c[3]) / c[4] + 1, (c[2] + 2 * c[5] - c[3]) / c[4] + 1);
  k.n = image_moments_count(&k.s) * LANES;
  k.n_taps = c[0] * c[3] * c[3];
  size_t n_dense = (size_t)(LANES * c[0] * c[1] * c[2]);
  k.dense = aligned_zeros(n_dense, sizeof *k.dense);
  uint64_t state = 5;
  for (size_t i = 0; i < n_dense; i++) k.dense[i] = rint(20 * next_normal(&state)) / 2;
  k.x = aligned_zeros(shape_floats(k.s.in), sizeof(float));
  k.scratch = aligned_zeros(image_moments_scratch(&k.s), sizeof(float));
  memset(k.scratch, 0x55, image_moments_scratch(&k.s) * sizeof(float));
  to_blocks(k.x, k.dense, LANES, k.s.in, 0);
  return k;
}

static void discard(MomentsCase *k) {
  free(k->dense);
  free(k->x);
  free(k->scratch);
}

/* What tap k reads for one sample and place of the result. */
static double read_tap(const MomentsCase *k, int sample, int tap, int i, int j) {
  const ConvShape *s = &k->s;
  const int n = s->kernel, c = tap / (n * n), h = i * s->stride + tap / n % n - s->padding,
            w = j * s->stride + tap % n - s->padding;
  if (h < 0 || w < 0 || h >= s->in.h || w >= s->in.w) return 0;
  return k->dense[((sample * s->in.c + c) * s->in.h + h) * s->in.w + w];
}

/* Of one sample, by the definition; b = n_taps: of p_a alone. */
static double expected(const MomentsCase *k, int a, int b, int sample) {
  double sum = 0;
  for (int i = 0; i < k->s.out.h; i++)
    for (int j = 0; j < k->s.out.w; j++)
      sum += read_tap(k, sample, a, i, j) * (b < k->n_taps ? read_tap(k, sample, b, i, j) : 1);
  return sum;
}

static void by_definition(void **state) {
  (void)state;
  for (int c = 0; c < N_CASES; c++) {
    MomentsCase k = make(CASES[c]);
    double *want = aligned_zeros(k.n, sizeof *want), *got = aligned_zeros(k.n, sizeof *got);
    for (int b = 0; b <= k.n_taps; b++)
      for (int a = 0; a <= b && a < k.n_taps; a++)
        for (int l = 0; l < LANES; l++)
          want[image_moments_place(a, b) * LANES + (size_t)l] = expected(&k, a, b, l);
    for (int isa = 0; isa < ISA_COUNT; isa++) {
      if (!use_isa((Isa)isa)) continue;
      memset(got, 0x55, k.n * sizeof *got);
      image_moments(got, k.x, &k.s, k.scratch);
      assert_near(got, want, k.n, 0, isa_name((Isa)isa));
    }
    free(want);
    free(got);
    discard(&k);
  }
}

/* With rounding: the same bits for every instruction set. */
static void same_bits(void **state) {
  (void)state;
  for (int c = 0; c < N_CASES; c++) {
    MomentsCase k = make(CASES[c]);
    double *first = aligned_zeros(k.n, sizeof *first), *got = aligned_zeros(k.n, sizeof *got);
    uint64_t random = 7;
    for (size_t i = 0; i < shape_floats(k.s.in); i++) k.x[i] = (float)next_normal(&random);
    assert_int_equal(use_isa(ISA_PORTABLE), 1);
    image_moments(first, k.x, &k.s, k.scratch);
    for (int isa = 0; isa < ISA_COUNT; isa++) {
      if (!use_isa((Isa)isa)) continue;
      image_moments(got, k.x, &k.s, k.scratch);
      assert_memory_equal(got, first, k.n * sizeof *got);
    }
    free(first);
    free(got);
    discard(&k);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(by_definition), cmocka_unit_test(same_bits)};
  return cmocka_run_group_tests(tests, use_lanes, NULL);
}
