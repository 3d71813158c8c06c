/* Studies that add seeds until they are decided, on simulated accuracies: 10,000 of each kind. */
#include "base/random.h"
#include "report/comparison.h"
#include "report/sequential.h"
#include "study/until.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define OK(expression) assert_int_equal((expression).code, STATUS_OK)

enum { VARIANTS = 3, MOST = 10, STUDIES = 10000 };

typedef struct Tally {
  int n[UNTIL_FAILED + 1]; /* studies in which some variant came to this */
  double seeds;            /* a variant, on the mean */
} Tally;

/* Variants whose true difference from the baseline is `difference`, with these deviations of
 * variant and baseline, all in units of the difference that matters. */
static Tally simulate(double difference, double deviation, double of_baseline) {
  int looks[SEQUENTIAL_LOOKS], n_looks = (int)sequential_looks(looks, MOST);
  double share[SEQUENTIAL_LOOKS], different[SEQUENTIAL_LOOKS], equivalent[SEQUENTIAL_LOOKS];
  const double level = COMPARISON_LEVEL / VARIANTS;
  Tally tally = {0};
  for (int k = 0; k < n_looks; k++) share[k] = (double)looks[k] / MOST;
  OK(sequential_levels(different, share, (size_t)n_looks, level));
  OK(sequential_levels(equivalent, share, (size_t)n_looks, 2 * level));
  for (int study = 0; study < STUDIES; study++) {
    RandomStream stream = random_stream(26, RANDOM_RESAMPLE, (uint64_t)study);
    double a[MOST], b[MOST];
    int seen[UNTIL_FAILED + 1] = {0};
    for (int i = 0; i < MOST; i++) b[i] = of_baseline * random_normal(&stream);
    for (int v = 0; v < VARIANTS; v++) {
      UntilOutcome outcome = UNTIL_OPEN;
      int k = 0;
      for (int i = 0; i < MOST; i++) a[i] = difference + deviation * random_normal(&stream);
      for (; outcome == UNTIL_OPEN; k++) {
        const UntilLook look = {different[k], equivalent[k] / 2, share[k], 1, 0, k == n_looks - 1};
        outcome = until_judge(&look, a, (size_t)looks[k], b, (size_t)looks[k]);
      }
      seen[outcome] = 1;
      tally.seeds += (double)looks[k - 1] / VARIANTS / STUDIES;
    }
    for (int i = 0; i <= UNTIL_FAILED; i++) tally.n[i] += seen[i];
  }
  return tally;
}

/* At most the level and 3.3 standard errors. */
static void at_most_the_level(int n, const char *what) {
  double allowed =
      COMPARISON_LEVEL * STUDIES + 3.3 * sqrt(COMPARISON_LEVEL * (1 - COMPARISON_LEVEL) * STUDIES);
  if (n > allowed) fail_msg("%s: %d of %d", what, n, STUDIES);
}

static void equals_are_not_told_apart(void **state) {
  (void)state;
  static const double deviations[][2] = {{1, 1}, {3, 3}, {0.5, 1.5}};
  for (int i = 0; i < 3; i++) {
    Tally tally = simulate(0, deviations[i][0], deviations[i][1]);
    at_most_the_level(tally.n[UNTIL_BETTER] + tally.n[UNTIL_WORSE], "better or worse, of equals");
  }
}

static void what_matters_is_not_called_equivalent(void **state) {
  (void)state;
  static const double deviations[][2] = {{0.3, 0.3}, {0.6, 0.6}, {0.2, 0.6}};
  for (int i = 0; i < 3; i++) {
    Tally tally = simulate(1, deviations[i][0], deviations[i][1]);
    at_most_the_level(tally.n[UNTIL_EQUIVALENT], "equivalent at the margin");
    assert_int_equal(tally.n[UNTIL_WORSE], 0);
  }
}

static void seeds_are_saved(void **state) {
  (void)state;
  Tally tally = simulate(2, 0.5, 0.5);
  assert_true(tally.n[UNTIL_BETTER] > 0.99 * STUDIES && tally.seeds < 7);
  tally = simulate(0, 0.2, 0.2);
  assert_true(tally.n[UNTIL_EQUIVALENT] > 0.99 * STUDIES && tally.seeds < 7);
  tally = simulate(0.2, 4, 4);
  if (!(tally.n[UNTIL_FUTILE] > 0.8 * STUDIES && tally.seeds < 8))
    fail_msg("%d futile, %g seeds", tally.n[UNTIL_FUTILE], tally.seeds);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equals_are_not_told_apart),
      cmocka_unit_test(what_matters_is_not_called_equivalent),
      cmocka_unit_test(seeds_are_saved),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
