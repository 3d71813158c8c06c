#include "data/digits.h"

#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// clang-format off
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

enum { N = 500, PIXELS = DIGITS_SIDE * DIGITS_SIDE };

static uint8_t *draw(uint64_t first, int n, uint64_t seed) {
  uint8_t *set = malloc((size_t)n * (PIXELS + 1));
  assert_non_null(set);
  digits_draw(set, set + (size_t)n * PIXELS, first, n, seed);
  return set;
}

static void same_for_any_threads(void **state) {
  (void)state;
  uint8_t *sets[4];
  for (int threads = 1; threads <= 4; threads++) {
    omp_set_num_threads(threads);
    sets[threads - 1] = draw(0, N, 1);
  }
  for (int i = 1; i < 4; i++) assert_memory_equal(sets[i], sets[0], N * (PIXELS + 1));
  for (int i = 0; i < 4; i++) free(sets[i]);
}

static void any_part_alone(void **state) {
  (void)state;
  uint8_t *all = draw(0, N, 1);
  for (int i = 0; i < N; i += 37) {
    uint8_t *one = draw((uint64_t)i, 1, 1);
    assert_memory_equal(one, all + i * PIXELS, PIXELS);
    assert_int_equal(one[PIXELS], all[N * PIXELS + i]);
    free(one);
  }
  free(all);
}

static void seeds_and_sets_differ(void **state) {
  (void)state;
  uint8_t *a = draw(0, N, 1), *b = draw(0, N, 2), *c = draw(DIGITS_TEST_FIRST, N, 1);
  for (int i = 0; i < N; i++) {
    assert_memory_not_equal(a + i * PIXELS, b + i * PIXELS, PIXELS);
    assert_memory_not_equal(a + i * PIXELS, c + i * PIXELS, PIXELS);
    if (i) assert_memory_not_equal(a + i * PIXELS, a + (i - 1) * PIXELS, PIXELS);
  }
  assert_memory_not_equal(a + N * PIXELS, b + N * PIXELS, N);
  assert_memory_not_equal(a + N * PIXELS, c + N * PIXELS, N);
  free(a);
  free(b);
  free(c);
}

static void classes_are_balanced(void **state) {
  (void)state;
  uint8_t *set = draw(0, N, 1);
  const uint8_t *labels = set + N * PIXELS;
  for (int i = 0; i < N; i += 10) {
    int seen = 0;
    for (int k = 0; k < 10; k++) seen |= 1 << labels[i + k];
    assert_int_equal(seen, (1 << 10) - 1);
    if (i) assert_memory_not_equal(labels, labels + i, 10);
  }
  free(set);
}

/* White on black, nothing at the corners, and told apart by the mean image of a class: far better
 * than by chance, far from perfectly. */
static void images_are_digits(void **state) {
  (void)state;
  enum { TRAIN = 5000, TEST = 1000 };
  uint8_t *train = draw(0, TRAIN, 1), *test = draw(DIGITS_TEST_FIRST, TEST, 1);
  static double mean[10][PIXELS];
  double all = 0;
  int n_right = 0;
  for (int i = 0; i < TRAIN; i++)
    for (int p = 0; p < PIXELS; p++) {
      mean[train[TRAIN * PIXELS + i]][p] += train[i * PIXELS + p] / (TRAIN / 10.0);
      all += train[i * PIXELS + p] / (255.0 * TRAIN * PIXELS);
    }
  assert_true(all > 0.05 && all < 0.25);
  for (int k = 0; k < 10; k++) assert_true(mean[k][0] < 30 && mean[k][PIXELS - 1] < 30);
  for (int i = 0; i < TEST; i++) {
    int best = -1;
    double least = 1e300;
    for (int k = 0; k < 10; k++) {
      double distance = 0;
      for (int p = 0; p < PIXELS; p++) {
        double d = test[i * PIXELS + p] - mean[k][p];
        distance += d * d;
      }
      if (distance < least) {
        least = distance;
        best = k;
      }
    }
    n_right += best == test[TEST * PIXELS + i];
  }
  assert_in_range(n_right, TEST * 4 / 10, TEST * 9 / 10);
  free(train);
  free(test);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_for_any_threads), cmocka_unit_test(any_part_alone),
      cmocka_unit_test(seeds_and_sets_differ), cmocka_unit_test(classes_are_balanced),
      cmocka_unit_test(images_are_digits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
