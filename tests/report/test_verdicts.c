/* Verdicts on runs whose truth is known. */
#include "base/random.h"
#include "runs.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 64 };

/* A variant whose runs have these accuracies; the seeds are 1, 2, ... */
static size_t add(Run *runs, size_t n, const char *norm, const double *accuracy, size_t n_runs) {
  for (size_t i = 0; i < n_runs; i++)
    make_plain(&runs[n++], norm, norm, (int)i + 1, accuracy[i], "name", "s6");
  return n;
}

static void expect(const double *a, size_t n_a, const double *b, size_t n_b,
                   ComparisonOptions options, Verdict verdict, const char *said) {
  Run runs[MOST];
  size_t n = add(runs, add(runs, 0, "batch", a, n_a), "layer", b, n_b);
  options.baseline = "batch";
  Comparison c = compare_with(runs, n, options);
  assert_int_equal(c.n_differences, 1);
  char *text = print(&c, JSON);
  if (c.differences[0].verdict != verdict || !strstr(text, said))
    fail_msg("%s\n%s", said, strstr(text, "\"words\""));
  free(text);
  comparison_free(&c);
  free_runs(runs, (int)n);
}

static const double even[] = {0.990, 0.991, 0.992, 0.991, 0.990};

static void verdicts_are_about_a_difference(void **state) {
  (void)state;
  const double far[] = {0.980, 0.982, 0.981, 0.982, 0.981};
  const double near[] = {0.99095, 0.99100, 0.99105, 0.99100, 0.99098};
  const double close[] = {0.99070, 0.99075, 0.99080, 0.99075, 0.99073};
  const double wild[] = {0.98, 0.999, 0.985, 0.997, 0.994},
               low[] = {0.989, 0.9885, 0.70, 0.988, 0.987};
  /* The one-sided tests have p = 0.035, and the interval goes a little beyond the difference. */
  const double wide[] = {0.98993, 0.991, 0.991, 0.991, 0.99207};
  ComparisonOptions none = {0}, pairs = {.variants = {.pairs_seeds = 1}};
  expect(even, 5, far, 5, none, VERDICT_WORSE,
         "layer: worse than batch: -0.96 points (95 %: -1.08 to -0.84; 5 seeds each, p < 0.0001).");
  expect(far, 5, even, 5, none, VERDICT_BETTER, "layer: better than batch: +0.96 points (95 %: ");
  expect(near, 5, near, 5, none, VERDICT_EQUIVALENT,
         "equivalent to batch within 0.1 points: +0.000 points (95 %: -0.005 to +0.005; 5 seeds");
  expect(wide, 5, wide, 5, none, VERDICT_UNDECIDED, "\"p_equivalent_holm\": 0.035");
  expect(near, 5, close, 5, none, VERDICT_EQUIVALENT, "), worse by less than that (p < 0.0001)");
  expect(even, 5, wild, 5, none, VERDICT_UNDECIDED,
         "undecided against batch: +0.02 points (95 %: -0.9");
  expect(even, 5, wild, 5, none, VERDICT_UNDECIDED,
         "four times in five, a difference of 0.1 points");
  expect(even, 5, low, 5, none, VERDICT_SEPARATED,
         "layer: below batch in every seed, size uncertain: -6.03 points (95 %: ");
  expect(even, 5, low, 5, none, VERDICT_SEPARATED, "p = 0.0079 by ranks)");
  expect(even, 3, low, 3, none, VERDICT_UNDECIDED, "undecided");         /* ranks of 3 and 3: 0.1 */
  expect(even, 5, low, 5, pairs, VERDICT_UNDECIDED, "5 pairs of seeds"); /* 2 / 2^5 */
  expect(even, 5, far, 2, none, VERDICT_SEPARATED, "2 and 5 seeds, p = 0.048 by ranks");
  expect(even, 5, far, 1, none, VERDICT_NONE, "one run does not tell a norm from chance");
}

static void failures_are_counted_by_themselves(void **state) {
  (void)state;
  const double some[] = {0.999, 0.9991, 0.1, 0.1, 0.1}, lower[] = {0.98, 0.9801, 0.9802, 0.1, 0.1};
  ComparisonOptions options = {.variants = {.failure = 0.5}};
  expect(even, 5, some, 5, options, VERDICT_NONE,
         "the accuracy is that of the runs that have not failed; +0.82 points; 3 of 5 of its runs "
         "failed, of the baseline's 0 of 5: undecided which fails more often (p = 0.17, Fisher");
  expect(some, 5, even, 5, options, VERDICT_NONE, "0 of 5 of its runs failed");
  expect(even, 5, lower, 5, options, VERDICT_WORSE, "; 2 of 5 of its runs failed");
  expect(even, 5, some, 5, (ComparisonOptions){0}, VERDICT_UNDECIDED, "undecided");
}

typedef struct Counts {
  int better_or_worse, equivalent, separated;
} Counts;

/* Studies of so many variants, of which the i-th has its mean at i * step and this deviation; all
 * numbers in units of the difference that matters. Counts the studies with a verdict of each kind
 * about any variant. */
static Counts simulate(size_t n_variants, const size_t *n_seeds, double step, double deviation,
                       int n_studies, const char *baseline) {
  Counts counts = {0};
  for (int study = 0; study < n_studies; study++) {
    Run runs[MOST];
    size_t n = 0;
    for (size_t v = 0; v < n_variants; v++) {
      static const char *const norms[] = {"batch", "layer", "instance", "group:2", "none"};
      RandomStream stream = random_stream(23, RANDOM_RESAMPLE, (uint64_t)study * 8 + v);
      double x[MOST];
      for (size_t i = 0; i < n_seeds[v]; i++)
        x[i] =
            0.9 + COMPARISON_DIFFERENCE * (step * (double)v + deviation * random_normal(&stream));
      n = add(runs, n, norms[v], x, n_seeds[v]);
    }
    Comparison c = compare(runs, n, baseline);
    int seen[VERDICT_UNDECIDED + 1] = {0};
    for (size_t i = 0; i < c.n_differences; i++) seen[c.differences[i].verdict] = 1;
    counts.better_or_worse += seen[VERDICT_BETTER] || seen[VERDICT_WORSE];
    counts.equivalent += seen[VERDICT_EQUIVALENT];
    counts.separated += seen[VERDICT_SEPARATED];
    comparison_free(&c);
    free_runs(runs, (int)n);
  }
  return counts;
}

/* At most the level and 3.3 standard errors, which with these seeds is a fixed outcome. */
static void at_most_the_level(int n, int n_studies, const char *what) {
  double allowed = COMPARISON_LEVEL * n_studies +
                   3.3 * sqrt(COMPARISON_LEVEL * (1 - COMPARISON_LEVEL) * n_studies);
  if (n > allowed) fail_msg("%s: %d of %d, at most %g", what, n, n_studies, allowed);
}

static void false_verdicts_are_rare(void **state) {
  (void)state;
  enum { STUDIES = 2000 };
  const size_t even_counts[] = {5, 5, 5, 5, 5}, uneven[] = {10, 3, 5, 2};
  Counts c = simulate(4, even_counts, 0, 3, STUDIES, "batch");
  at_most_the_level(c.better_or_worse, STUDIES, "better or worse, of equals, a named baseline");
  at_most_the_level(c.separated, STUDIES, "separated, of equals, a named baseline");
  c = simulate(5, even_counts, 0, 3, STUDIES, NULL);
  at_most_the_level(c.better_or_worse, STUDIES, "better or worse, of equals, the best as baseline");
  at_most_the_level(c.separated, STUDIES, "separated, of equals, the best as baseline");
  c = simulate(4, uneven, 0, 3, STUDIES, "batch");
  at_most_the_level(c.better_or_worse, STUDIES, "better or worse, of equals, uneven counts");
  at_most_the_level(c.separated, STUDIES, "separated, of equals, uneven counts");
  c = simulate(2, even_counts, 1, 0.5, STUDIES, "batch"); /* exactly the difference that matters */
  at_most_the_level(c.equivalent, STUDIES, "equivalent at the margin");
  c = simulate(2, uneven, 1, 0.2, STUDIES, "batch");
  at_most_the_level(c.equivalent, STUDIES, "equivalent at the margin, uneven counts");
}

/* That the tests find what is there: with t tests of 0.5 deviations' error this is power. */
static void true_verdicts_are_found(void **state) {
  (void)state;
  enum { STUDIES = 300 };
  const size_t counts[] = {5, 5};
  Counts c = simulate(2, counts, 3, 1, STUDIES, "batch");
  assert_true(c.better_or_worse > 0.95 * STUDIES);
  c = simulate(2, counts, 0, 0.3, STUDIES, "batch");
  assert_true(c.equivalent > 0.95 * STUDIES);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(verdicts_are_about_a_difference),
      cmocka_unit_test(failures_are_counted_by_themselves),
      cmocka_unit_test(false_verdicts_are_rare),
      cmocka_unit_test(true_verdicts_are_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
