/* The weight gradient of a convolution as a sum over samples. */
#include "base/memory.h"
#include "conv_case.h"
#include "kernel_test.h"

#include <stdlib.h>
#include <string.h>

static const ConvCase CASES[] = {{1, 8, 9, 10, 3, 1, 0},  {8, 12, 11, 11, 3, 1, 0},
                                 {26, 50, 5, 5, 1, 1, 0}, {1, 30, 9, 8, 5, 1, 2},
                                 {5, 7, 2, 3, 2, 1, 1},   {3, 16, 17, 16, 3, 1, 1},
                                 {50, 10, 1, 1, 1, 1, 0}, {3, 5, 9, 8, 2, 2, 1}};
enum { N_CASES = sizeof CASES / sizeof *CASES };

static void *zeros(size_t n, size_t size) {
  void *p;
  Status status = memory_allocate(&p, n, size, "test data");
  assert_int_equal(status.code, STATUS_OK);
  return p;
}

/* Sample l alone, in another lane. */
static void move_lane(float *to, const float *from, size_t n, size_t l) {
  for (size_t j = 0; j < n; j += LANES) {
    memset(to + j, 0, LANES * sizeof *to);
    to[j + (l * 5 + 3) % LANES] = from[j + l];
  }
}

/* Whole, and as a part of a larger dw, whose channels lie apart. */
static void check(const ConvBackend *backend, ConvCase c, size_t gap) {
  ConvData a = conv_data_make(c, 12);
  const size_t n_out = (size_t)a.s.out.c, n_taps = a.n_w / n_out, n_dw = n_out * (n_taps + gap);
  float *scratch = zeros(backend->scratch_size(&a.s), sizeof *scratch);
  float *x = zeros(a.n_x, sizeof *x), *dy = zeros(a.n_y, sizeof *dy);
  int64_t *dw = zeros(n_dw, sizeof *dw), *want = zeros(n_dw, sizeof *dw);
  const ConvCall call = {
      .shape = &a.s, .scratch = scratch, .limit = 1e4, .dw_channel = gap ? n_taps + gap : 0};
  for (size_t i = 0; i < n_dw; i++) dw[i] = want[i] = (int64_t)i << 40;
  assert_int_equal(backend->backward_weights(dw, a.x, a.dy, &call), 0);
  for (size_t l = 0; l < LANES; l++) {
    move_lane(x, a.x, a.n_x, l);
    move_lane(dy, a.dy, a.n_y, l);
    assert_int_equal(backend->backward_weights(want, x, dy, &call), 0);
  }
  assert_memory_equal(dw, want, n_dw * sizeof *dw);
  for (size_t i = 0; i < n_dw; i++)
    if (i % (n_taps + gap) >= n_taps) assert_true(dw[i] == (int64_t)i << 40);
  /* A term out of range is said to be so. */
  a.dy[3] = 1e30F;
  assert_int_equal(backend->backward_weights(dw, a.x, a.dy, &call), 1);
  void *all[] = {scratch, x, dy, dw, want};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  conv_data_free(&a);
}

static void test_samples_are_rounded_by_themselves(void **state) {
  (void)state;
  for (int i = 0; i < N_CASES; i++) {
    for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++)
      if (use_isa(isa)) check(conv_backend("direct"), CASES[i], (size_t)i % 3);
    check(conv_backend("gemm"), CASES[i], (size_t)i % 3);
  }
}

/* Of the backend gemm, which loads a library. */
static int prepare(void **state) {
  (void)state;
  return conv_backend("gemm")->prepare(1).code != STATUS_OK;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_samples_are_rounded_by_themselves)};
  return cmocka_run_group_tests(tests, prepare, NULL);
}
