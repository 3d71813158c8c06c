#include "data/sampler.h"

#include "scratch.h"
#include <setjmp.h>
#include <stdarg.h>
// clang-format off
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

/* All samples of an epoch in the order of its steps; checks counts. */
static uint32_t *epoch_of(Sampler *sampler, int epoch) {
  uint32_t *order = malloc((size_t)sampler->n * sizeof *order);
  assert_non_null(order);
  int done = 0, steps = sampler_steps(sampler);
  for (int step = 0; step < steps; step++) {
    int count;
    const uint32_t *batch = sampler_batch(sampler, epoch, step, &count);
    assert_int_equal(count, step + 1 < steps ? sampler->batch : sampler->n - done);
    assert_in_range(count, 1, sampler->batch);
    memcpy(order + done, batch, (size_t)count * sizeof *order);
    done += count;
  }
  assert_int_equal(done, sampler->n);
  return order;
}

static void an_epoch_is_a_permutation(void **state) {
  (void)state;
  static const int sizes[][2] = {{1, 1}, {1, 9}, {10, 10}, {10, 3}, {11, 5}, {1000, 128}, {999, 1}};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    Sampler sampler;
    int n = sizes[k][0];
    expect_success(sampler_make(&sampler, n, sizes[k][1], 1, 5));
    for (int epoch = 0; epoch < 3; epoch++) {
      uint32_t *order = epoch_of(&sampler, epoch);
      char *seen = calloc((size_t)n, 1);
      for (int i = 0; i < n; i++) {
        assert_in_range(order[i], 0, n - 1);
        assert_false(seen[order[i]]++);
      }
      free(seen);
      free(order);
    }
    sampler_free(&sampler);
  }
}

static void order_depends_on_seed_and_epoch_only(void **state) {
  (void)state;
  enum { N = 500 };
  Sampler a, b, c;
  expect_success(sampler_make(&a, N, 64, 1, 5));
  expect_success(sampler_make(&b, N, 37, 1, 5)); /* other batches, epochs in another order */
  expect_success(sampler_make(&c, N, 64, 1, 6));
  uint32_t *b3 = epoch_of(&b, 3), *b0 = epoch_of(&b, 0);
  uint32_t *a0 = epoch_of(&a, 0), *a3 = epoch_of(&a, 3), *c0 = epoch_of(&c, 0);
  assert_memory_equal(a0, b0, N * sizeof *a0);
  assert_memory_equal(a3, b3, N * sizeof *a0);
  assert_memory_not_equal(a0, a3, N * sizeof *a0);
  assert_memory_not_equal(a0, c0, N * sizeof *a0);
  int count;
  assert_memory_equal(sampler_batch(&a, 0, 7, &count), a0 + 7 * 64, (N - 7 * 64) * sizeof *a0);
  assert_int_equal(count, N - 7 * 64);
  uint32_t *all[] = {b3, b0, a0, a3, c0};
  for (int i = 0; i < 5; i++) free(all[i]);
  sampler_free(&a);
  sampler_free(&b);
  sampler_free(&c);
}

/* Each sample comes first about as often as any other: chi-squared with 9 degrees of freedom, which
 * is below 33.7 with a probability of 0.9999. */
static void order_is_even(void **state) {
  (void)state;
  enum { N = 10, EPOCHS = 5000 };
  Sampler sampler;
  int first[N] = {0}, last[N] = {0};
  expect_success(sampler_make(&sampler, N, N, 1, 1));
  for (int epoch = 0; epoch < EPOCHS; epoch++) {
    int count;
    const uint32_t *order = sampler_batch(&sampler, epoch, 0, &count);
    first[order[0]]++;
    last[order[N - 1]]++;
  }
  sampler_free(&sampler);
  double chi2[2] = {0};
  for (int i = 0; i < N; i++) {
    double expected = (double)EPOCHS / N;
    chi2[0] += (first[i] - expected) * (first[i] - expected) / expected;
    chi2[1] += (last[i] - expected) * (last[i] - expected) / expected;
  }
  assert_true(chi2[0] < 33.7 && chi2[1] < 33.7);
}

static void file_order_without_shuffle(void **state) {
  (void)state;
  Sampler sampler;
  expect_success(sampler_make(&sampler, 10, 4, 0, 5));
  assert_int_equal(sampler_steps(&sampler), 3);
  uint32_t *order = epoch_of(&sampler, 7);
  for (uint32_t i = 0; i < 10; i++) assert_int_equal(order[i], i);
  free(order);
  sampler_free(&sampler);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(an_epoch_is_a_permutation),
                                     cmocka_unit_test(order_depends_on_seed_and_epoch_only),
                                     cmocka_unit_test(order_is_even),
                                     cmocka_unit_test(file_order_without_shuffle)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
