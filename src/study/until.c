#include "study/until.h"

#include "base/log.h"
#include "report/comparison.h"
#include "report/sequential.h"
#include "report/table.h"
#include "study/pool.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below this chance that the most seeds decide, a variant is given up. */
static const double FUTILE = 0.1;

static const char *const WORDS[] = {
    [UNTIL_OPEN] = "open",
    [UNTIL_BETTER] = "better",
    [UNTIL_WORSE] = "worse",
    [UNTIL_EQUIVALENT] = "equivalent",
    [UNTIL_FUTILE] = "undecided, and not to be decided with so many seeds",
    [UNTIL_EXHAUSTED] = "undecided",
    [UNTIL_FAILED] = "undecided, as runs have diverged",
};

/* What is known of a variant at its last look. */
typedef struct Course {
  UntilOutcome outcome;
  size_t n_runs, n_diverged; /* of the seeds that it has had */
  TwoMeans means;
  Interval interval; /* that of the look's level */
} Course;

typedef struct Until {
  const Study *study;
  StateReport *reports;
  const UntilOptions *options;
  Pool pool;
  int baseline, n_looks;
  int looks[SEQUENTIAL_LOOKS];
  double different[SEQUENTIAL_LOOKS], equivalent[SEQUENTIAL_LOOKS];
  Course *course; /* [n_variants] */
  char *wanted;   /* [n_runs] */
  double least;   /* deviation */
} Until;

static void compare(TwoMeans *means, const UntilLook *look, const double *a, size_t n_a,
                    const double *b, size_t n_b) {
  Summary of_a, of_b;
  summary_make(&of_a, a, n_a, VARIANT_CONFIDENCE);
  summary_make(&of_b, b, n_b, VARIANT_CONFIDENCE);
  two_means(means, &of_a, &of_b, look->least, look->difference, 1 - look->level_different);
}

/* The chance that a test at the end finds a difference, or equivalence, if the difference is the
 * one seen; a rough one, from the normal distribution. */
static double chance(const TwoMeans *means, const UntilLook *look) {
  double error = means->error * sqrt(look->share), z = gsl_cdf_ugaussian_Qinv(0.025);
  double of_difference = gsl_cdf_ugaussian_P(fabs(means->difference) / error - z);
  double room = (look->difference - fabs(means->difference)) / error;
  return fmax(of_difference, gsl_cdf_ugaussian_P(room - gsl_cdf_ugaussian_Qinv(0.05)));
}

static UntilOutcome judge(const TwoMeans *means, const UntilLook *look) {
  if (means->p <= look->level_different) return means->difference > 0 ? UNTIL_BETTER : UNTIL_WORSE;
  if (means->p_equivalent <= look->level_equivalent) return UNTIL_EQUIVALENT;
  if (look->is_last) return UNTIL_EXHAUSTED;
  return look->share >= 0.4 && chance(means, look) < FUTILE ? UNTIL_FUTILE : UNTIL_OPEN;
}

UntilOutcome until_judge(const UntilLook *look, const double *a, size_t n_a, const double *b,
                         size_t n_b) {
  TwoMeans means;
  compare(&means, look, a, n_a, b, n_b);
  return judge(&means, look);
}

static Status find_baseline(Until *u) {
  const Study *study = u->study;
  char norm[NORM_SPEC_TEXT], names[600] = "";
  size_t used = 0;
  u->baseline = -1;
  for (int i = 0; i < study->n_variants; i++) {
    norm_spec_text(norm, study->variants[i].config->network.norm);
    int is_meant = strcmp(study->variants[i].title, u->options->baseline) == 0 ||
                   strcmp(norm, u->options->baseline) == 0;
    if (is_meant && u->baseline < 0) u->baseline = i;
    if (used + 100 < sizeof names)
      used += (size_t)snprintf(names + used, sizeof names - used, "%s\"%.60s\"", i ? ", " : "",
                               study->variants[i].title);
  }
  if (u->baseline >= 0) return status_ok();
  return status_error(STATUS_USAGE,
                      "--baseline %.100s: no variant has this name or norm; the "
                      "variants are %s",
                      u->options->baseline, names);
}

static Status plan(Until *u) {
  const Study *study = u->study;
  double share[SEQUENTIAL_LOOKS], level = COMPARISON_LEVEL / fmax(1, study->n_variants - 1);
  TRY(pool_items(&u->pool, &u->course, (size_t)study->n_variants, sizeof *u->course));
  TRY(pool_items(&u->pool, &u->wanted, (size_t)study->n_runs, sizeof *u->wanted));
  u->n_looks = (int)sequential_looks(u->looks, study->n_seeds);
  size_t n = (size_t)u->n_looks;
  for (size_t k = 0; k < n; k++) share[k] = (double)u->looks[k] / study->n_seeds;
  TRY(sequential_levels(u->different, share, n, level));
  TRY(sequential_levels(u->equivalent, share, n, 2 * level));
  for (size_t k = 0; k < n; k++) u->equivalent[k] /= 2;
  return status_ok();
}

/* The runs of the first n seeds that the look needs: of the baseline and of open variants. */
static int choose_runs(Until *u, int n_seeds) {
  int n_open = 0;
  memset(u->wanted, 0, (size_t)u->study->n_runs);
  for (int v = 0; v < u->study->n_variants; v++)
    n_open += v != u->baseline && u->course[v].outcome == UNTIL_OPEN;
  for (int v = 0; v < u->study->n_variants && n_open > 0; v++)
    for (int s = 0; s < n_seeds; s++)
      u->wanted[s * u->study->n_variants + v] =
          v == u->baseline || u->course[v].outcome == UNTIL_OPEN;
  return n_open;
}

/* The accuracies of a variant's first n seeds; those that have diverged are counted. */
static size_t take(double *x, size_t *n_diverged, const Until *u, int variant, int n_seeds) {
  size_t n = 0;
  *n_diverged = 0;
  for (int s = 0; s < n_seeds; s++) {
    const StateReport *report = &u->reports[s * u->study->n_variants + variant];
    *n_diverged += report->state == STATE_DIVERGED;
    if (report->state == STATE_FINISHED) x[n++] = report->test_accuracy;
  }
  return n;
}

static void look_at(Until *u, int k, int variant, double *a, double *b) {
  Course *course = &u->course[variant];
  const UntilLook look = {.level_different = u->different[k],
                          .level_equivalent = u->equivalent[k],
                          .share = (double)u->looks[k] / u->study->n_seeds,
                          .difference = u->options->difference,
                          .least = u->least,
                          .is_last = k == u->n_looks - 1};
  size_t of_baseline;
  course->n_runs = take(a, &course->n_diverged, u, variant, u->looks[k]);
  size_t n_b = take(b, &of_baseline, u, u->baseline, u->looks[k]);
  compare(&course->means, &look, a, course->n_runs, b, n_b);
  course->interval = course->means.interval;
  course->outcome = judge(&course->means, &look);
  if (course->n_diverged + of_baseline > 0) course->outcome = UNTIL_FAILED;
}

static Status look(Until *u, int k) {
  double *x;
  size_t n = (size_t)u->study->n_seeds;
  TRY(pool_items(&u->pool, &x, 2 * n, sizeof *x));
  printf("look %d of %d, %d seeds:", k + 1, u->n_looks, u->looks[k]);
  const char *separator = " ";
  for (int v = 0; v < u->study->n_variants; v++) {
    if (v == u->baseline || u->course[v].outcome != UNTIL_OPEN) continue;
    look_at(u, k, v, x, x + n);
    printf("%s%s %s", separator, u->study->variants[v].title, WORDS[u->course[v].outcome]);
    separator = "; ";
  }
  printf("\n");
  fflush(stdout);
  return status_ok();
}

static Status print_end(const Until *u) {
  static const char *const TITLES[] = {"<variant", "<verdict", "seeds", "points", "interval"};
  const Study *study = u->study;
  Table *table = table_new(5, TITLES);
  int n_needed = 0;
  for (int i = 0; i < study->n_runs; i++)
    n_needed += u->reports[i].state == STATE_FINISHED || u->reports[i].state == STATE_DIVERGED;
  for (int v = 0; v < study->n_variants; v++) {
    const Course *course = &u->course[v];
    if (v == u->baseline) continue;
    table_cell(table, "%s", study->variants[v].title);
    table_cell(table, "%s", WORDS[course->outcome]);
    table_cell(table, "%zu", course->n_runs);
    table_number(table, "%+.2f", 100 * course->means.difference);
    if (isnan(course->interval.low))
      table_cell(table, "-");
    else
      table_cell(table, "[%+.2f, %+.2f]", 100 * course->interval.low, 100 * course->interval.high);
  }
  printf("\nAgainst %s, about a difference of %g points; level %g over all looks and comparisons; "
         "the\nintervals hold whenever one looks:\n\n",
         study->variants[u->baseline].title, 100 * u->options->difference, COMPARISON_LEVEL);
  TRY(table_finish(table, stdout));
  printf("\n%d of %d runs were not needed.\n", study->n_runs - n_needed, study->n_runs);
  fflush(stdout);
  return status_ok();
}

static Status find_least(Until *u) {
  for (int i = 0; i < u->study->n_runs; i++) {
    if (u->reports[i].state != STATE_FINISHED) continue;
    Run run;
    TRY(run_read(&run, u->study->runs[i].path));
    u->least = run_least_deviation(&run);
    run_free(&run);
    return status_ok();
  }
  return status_ok();
}

static Status go_on(Until *u, const RunnerOptions *options) {
  RunnerOptions runner = *options;
  TRY(find_baseline(u));
  TRY(plan(u));
  runner.wanted = u->wanted;
  for (int k = 0; k < u->n_looks && choose_runs(u, u->looks[k]) > 0; k++) {
    Status status = runner_run(u->study, u->reports, &runner);
    if (status.code != STATUS_OK && status.code != STATUS_NUMBERS) return status;
    TRY(find_least(u));
    TRY(look(u, k));
  }
  return print_end(u);
}

Status until_run(const Study *study, StateReport *reports, const RunnerOptions *runner,
                 const UntilOptions *options) {
  Until u = {.study = study, .reports = reports, .options = options};
  Status status = go_on(&u, runner);
  pool_free(&u.pool);
  return status;
}
