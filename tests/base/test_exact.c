#include "base/exact.h"
#include "base/random.h"

#include "support/cmocka_all.h"

#include <math.h>

enum { N_TERMS = 5000 };

/* Terms of very different sizes, so that sums in floating point depend on the order. */
static void draw(double *term, uint64_t seed) {
  RandomStream stream = random_stream(seed, RANDOM_RESAMPLE, 0);
  for (int i = 0; i < N_TERMS; i++)
    term[i] = ldexp(random_normal(&stream), (int)random_below(&stream, 60) - 30);
}

static ExactSum sum_of(const double *term, int n) {
  ExactSum sum = 0;
  for (int i = 0; i < n; i++)
    assert_int_equal(exact_add(&sum, term[i], exact_term_limit(EXACT_SUM_RANGE, N_TERMS)), 0);
  return sum;
}

static void does_not_depend_on_the_order(void **state) {
  (void)state;
  static double term[N_TERMS];
  draw(term, 1);
  ExactSum sum = sum_of(term, N_TERMS);
  double forward = 0, shuffled = 0;
  for (int i = 0; i < N_TERMS; i++) forward += term[i];
  RandomStream stream = random_stream(2, RANDOM_RESAMPLE, 0);
  for (int i = N_TERMS - 1; i > 0; i--) {
    int j = (int)random_below(&stream, (uint32_t)i + 1);
    double kept = term[i];
    term[i] = term[j];
    term[j] = kept;
  }
  for (int i = 0; i < N_TERMS; i++) shuffled += term[i];
  assert_true(forward != shuffled);
  assert_true(sum == sum_of(term, N_TERMS));
  assert_true(sum == sum_of(term, 1234) + sum_of(term + 1234, N_TERMS - 1234));
  long double reference = 0;
  double magnitude = 0;
  for (int i = 0; i < N_TERMS; i++) {
    reference += term[i];
    magnitude += fabs(term[i]);
  }
  double tolerance = N_TERMS * 0x1p-51 + magnitude * 0x1p-52;
  assert_true(fabsl(exact_value(sum) - reference) <= tolerance);
}

static void values_on_the_grid_are_kept(void **state) {
  (void)state;
  static const double VALUES[] = {0, 1, -1, 0.5, -0x1p-50, 0x1p-50, 123456.75, -0x1p52, 0x1p59};
  for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
    ExactSum sum = 0;
    assert_int_equal(exact_add(&sum, VALUES[i], EXACT_SUM_RANGE), 0);
    assert_true(exact_value(sum) == VALUES[i]);
  }
  ExactSum sum = 0;
  assert_int_equal(exact_add(&sum, 0x1p-52, EXACT_SUM_RANGE), 0);
  assert_true(sum == 0);
  assert_true(exact_gradient_value(1) == EXACT_GRADIENT_STEP);
  assert_true(exact_gradient_value(INT64_MIN) == -0x1p21);
}

static void refuses_what_could_overflow(void **state) {
  (void)state;
  ExactSum sum = 42;
  double limit = exact_term_limit(EXACT_SUM_RANGE, 1000);
  assert_true(limit == 0x1p60 / 1000);
  assert_int_equal(exact_add(&sum, limit, limit), 1);
  assert_int_equal(exact_add(&sum, -limit, limit), 1);
  assert_int_equal(exact_add(&sum, NAN, limit), 1);
  assert_int_equal(exact_add(&sum, INFINITY, limit), 1);
  assert_int_equal(exact_add(&sum, -INFINITY, limit), 1);
  assert_true(sum == 42);
  assert_int_equal(exact_add(&sum, nextafter(limit, 0), limit), 0);
  assert_true(sum != 42);
  assert_true(exact_term_limit(EXACT_GRADIENT_RANGE, 0) == EXACT_GRADIENT_RANGE);
}

/* Split sums of many ranks, added part by part, join to the sum of the sums. */
static void parts_add_up(void **state) {
  (void)state;
  enum { N_RANKS = 1000 };
  static double term[N_TERMS];
  ExactSum total = 0;
  int64_t parts[2] = {0, 0};
  for (int rank = 0; rank < N_RANKS; rank++) {
    ExactSum sum = 0;
    draw(term, (uint64_t)rank % 7);
    for (int i = rank % 5; i < rank % 50; i++)
      assert_int_equal(exact_add(&sum, term[i] * 1e5, EXACT_SUM_RANGE / 1e3), 0);
    if (rank % 3 == 0) sum = -sum;
    int64_t part[2];
    exact_split(part, sum);
    assert_true(exact_join(part) == sum);
    assert_true(part[1] >= 0 && part[1] < INT64_C(1) << 48);
    parts[0] += part[0];
    parts[1] += part[1];
    total += sum;
  }
  assert_true(total != 0);
  assert_true(exact_join(parts) == total);
}

static void split_covers_the_range(void **state) {
  (void)state;
  const ExactSum most = (ExactSum)1 << 110;
  const ExactSum sums[] = {0,
                           1,
                           -1,
                           most,
                           -most,
                           most - 1,
                           1 - most,
                           ((ExactSum)1 << 48) - 1,
                           -((ExactSum)1 << 48),
                           -((ExactSum)1 << 48) - 1};
  for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
    int64_t part[2];
    exact_split(part, sums[i]);
    assert_true(exact_join(part) == sums[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(does_not_depend_on_the_order), cmocka_unit_test(values_on_the_grid_are_kept),
      cmocka_unit_test(refuses_what_could_overflow),  cmocka_unit_test(parts_add_up),
      cmocka_unit_test(split_covers_the_range),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
