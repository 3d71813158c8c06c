#include "kernel_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int use_lanes(void **state) {
  (void)state;
  block_set_lanes(LANES);
  return 0;
}

int use_isa(Isa isa) {
  setenv("NORMLAB_ISA", isa_name(isa), 1);
  const Status status = isa_select();
  if (status.code != STATUS_OK) print_message("left out: %s\n", status.text);
  return status.code == STATUS_OK;
}

void *aligned_zeros(size_t n, size_t size) {
  size_t bytes = (n * size + 63) / 64 * 64 + 64;
  void *p = aligned_alloc(64, bytes);
  assert_non_null(p);
  return memset(p, 0, bytes);
}

double next_uniform(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (double)(int64_t)(*state >> 11 << 11) * 0x1p-63;
}

double next_normal(uint64_t *state) {
  double sum = 0;
  for (int i = 0; i < 12; i++) sum += next_uniform(state);
  return sum / 2;
}

void assert_one_near(double got, double want, double tolerance, const char *what) {
  assert_near(&got, &want, 1, tolerance, what);
}

void assert_near(const double *got, const double *want, size_t n, double tolerance,
                 const char *what) {
  for (size_t i = 0; i < n; i++)
    if (!(fabs(got[i] - want[i]) <= tolerance))
      fail_msg("%s [%zu of %zu]: %.9g, expected %.9g, tolerance %.3g", what, i, n, got[i], want[i],
               tolerance);
}

double largest_magnitude(const double *x, size_t n) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(x[i]));
  return largest;
}

static size_t place(size_t sample, size_t e, Shape s) {
  size_t map = (size_t)s.h * (size_t)s.w;
  return sample / LANES * shape_floats(s) + e / map * s.stride + e % map * LANES + sample % LANES;
}

void to_blocks(float *block, const double *dense, int n, Shape s, float empty) {
  size_t elements = (size_t)(s.c * s.h * s.w);
  for (size_t i = 0; i < (size_t)(n + LANES - 1) / LANES * LANES; i++)
    for (size_t e = 0; e < elements; e++)
      block[place(i, e, s)] = i < (size_t)n ? (float)dense[i * elements + e] : empty;
}

void from_blocks(double *dense, const float *block, int n, Shape s) {
  size_t elements = (size_t)(s.c * s.h * s.w);
  for (size_t i = 0; i < (size_t)n; i++)
    for (size_t e = 0; e < elements; e++) dense[i * elements + e] = block[place(i, e, s)];
}
