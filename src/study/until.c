#include "study/until.h"

#include "base/log.h"
#include "report/comparison.h"
#include "report/table.h"
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
  int n_seeds;               /* that it has been looked at with */
  size_t n_runs, n_diverged; /* of these */
  TwoMeans means;
  Interval interval; /* that of the look's level */
} Course;

struct Until {
  const Study *study;
  const StateReport *reports;
  const UntilOptions *options;
  Pool *pool;
  UntilState state;
  double different[SEQUENTIAL_LOOKS], equivalent[SEQUENTIAL_LOOKS];
  Course *course; /* [n_variants] */
  double least;   /* deviation */
};

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
  u->state.baseline = -1;
  for (int i = 0; i < study->n_variants; i++) {
    norm_spec_text(norm, study->variants[i].config->network.norm);
    int is_meant = strcmp(study->variants[i].title, u->options->baseline) == 0 ||
                   strcmp(norm, u->options->baseline) == 0;
    if (is_meant && u->state.baseline < 0) u->state.baseline = i;
    if (used + 100 < sizeof names)
      used += (size_t)snprintf(names + used, sizeof names - used, "%s\"%.60s\"", i ? ", " : "",
                               study->variants[i].title);
  }
  if (u->state.baseline >= 0) return status_ok();
  return status_error(STATUS_USAGE,
                      "--baseline %.100s: no variant has this name or norm; the "
                      "variants are %s",
                      u->options->baseline, names);
}

static Status plan(Until *u) {
  const Study *study = u->study;
  double share[SEQUENTIAL_LOOKS], level = COMPARISON_LEVEL / fmax(1, study->n_variants - 1);
  UntilState *state = &u->state;
  TRY(pool_items(u->pool, &u->course, (size_t)study->n_variants, sizeof *u->course));
  TRY(pool_items(u->pool, &state->wanted, (size_t)study->n_runs, sizeof *state->wanted));
  state->n_looks = (int)sequential_looks(state->looks, study->n_seeds);
  size_t n = (size_t)state->n_looks;
  for (size_t k = 0; k < n; k++) share[k] = (double)state->looks[k] / study->n_seeds;
  TRY(sequential_levels(u->different, share, n, level));
  TRY(sequential_levels(u->equivalent, share, n, 2 * level));
  for (size_t k = 0; k < n; k++) u->equivalent[k] /= 2;
  return status_ok();
}

static int is_open(const Until *u, int variant) {
  return variant != u->state.baseline && u->course[variant].outcome == UNTIL_OPEN;
}

/* The runs that look k needs: of the baseline and of open variants. */
static void choose_runs(Until *u, int k) {
  UntilState *state = &u->state;
  const Study *study = u->study;
  state->n_open = 0;
  memset(state->wanted, 0, (size_t)study->n_runs);
  for (int v = 0; v < study->n_variants; v++) state->n_open += is_open(u, v);
  if (state->n_open == 0) {
    state->next = state->n_looks;
    return;
  }
  state->next = k;
  for (int i = 0; i < state->looks[k] * study->n_variants; i++) {
    int v = i % study->n_variants;
    state->wanted[i] = v == u->state.baseline || is_open(u, v);
  }
}

static int have_ended(const Until *u) {
  for (int i = 0; i < u->study->n_runs; i++) {
    StudyState state = u->reports[i].state;
    if (u->state.wanted[i] && state != STATE_FINISHED && state != STATE_DIVERGED) return 0;
  }
  return 1;
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
                          .share = (double)u->state.looks[k] / u->study->n_seeds,
                          .difference = u->options->difference,
                          .least = u->least,
                          .is_last = k == u->state.n_looks - 1};
  size_t of_baseline;
  course->n_seeds = u->state.looks[k];
  course->n_runs = take(a, &course->n_diverged, u, variant, u->state.looks[k]);
  size_t n_b = take(b, &of_baseline, u, u->state.baseline, u->state.looks[k]);
  compare(&course->means, &look, a, course->n_runs, b, n_b);
  course->interval = course->means.interval;
  course->outcome = judge(&course->means, &look);
  if (course->n_diverged + of_baseline > 0) course->outcome = UNTIL_FAILED;
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

static Status look(Until *u, int k, FILE *out) {
  double *x;
  size_t n = (size_t)u->study->n_seeds;
  TRY(pool_items(u->pool, &x, 2 * n, sizeof *x));
  TRY(find_least(u));
  if (out) fprintf(out, "look %d of %d, %d seeds:", k + 1, u->state.n_looks, u->state.looks[k]);
  const char *separator = " ";
  for (int v = 0; v < u->study->n_variants; v++) {
    if (!is_open(u, v)) continue;
    look_at(u, k, v, x, x + n);
    if (out)
      fprintf(out, "%s%s %s", separator, u->study->variants[v].title, WORDS[u->course[v].outcome]);
    separator = "; ";
  }
  if (out) fprintf(out, "\n");
  if (out) fflush(out);
  return status_ok();
}

/* The runs that no look will need. */
static int count_saved(const Until *u) {
  int n = 0, last = 0;
  for (int v = 0; v < u->study->n_variants; v++) {
    if (v == u->state.baseline || is_open(u, v)) continue;
    n += u->study->n_seeds - u->course[v].n_seeds;
    if (u->course[v].n_seeds > last) last = u->course[v].n_seeds;
  }
  return u->state.n_open > 0 ? n : n + u->study->n_seeds - last;
}

Status until_print_end(const Until *u, FILE *out) {
  static const char *const TITLES[] = {"<variant", "<verdict", "seeds", "points", "interval"};
  const Study *study = u->study;
  Table *table = table_new(5, TITLES);
  for (int v = 0; v < study->n_variants; v++) {
    const Course *course = &u->course[v];
    if (v == u->state.baseline) continue;
    table_cell(table, "%s", study->variants[v].title);
    table_cell(table, "%s", WORDS[course->outcome]);
    table_cell(table, "%zu", course->n_runs);
    table_number(table, "%+.2f", course->n_seeds ? 100 * course->means.difference : (double)NAN);
    if (!course->n_seeds || isnan(course->interval.low))
      table_cell(table, "-");
    else
      table_cell(table, "[%+.2f, %+.2f]", 100 * course->interval.low, 100 * course->interval.high);
  }
  fprintf(out,
          "\nAgainst %s, about a difference of %g points; level %g over all looks and comparisons; "
          "the\nintervals hold whenever one looks:\n\n",
          study->variants[u->state.baseline].title, 100 * u->options->difference, COMPARISON_LEVEL);
  TRY(table_finish(table, out));
  fprintf(out, "\n%d of %d runs %s not needed%s.\n", count_saved(u), study->n_runs,
          u->state.n_open ? "are" : "were", u->state.n_open ? " so far" : "");
  fflush(out);
  return status_ok();
}

Status until_make(Until **until, Pool *pool, const Study *study, const StateReport *reports,
                  const UntilOptions *options) {
  TRY(pool_items(pool, until, 1, sizeof **until));
  Until *u = *until;
  *u = (Until){.study = study, .reports = reports, .options = options, .pool = pool};
  TRY(find_baseline(u));
  TRY(plan(u));
  choose_runs(u, 0);
  return status_ok();
}

Status until_look(Until *u, FILE *out) {
  while (u->state.next < u->state.n_looks && have_ended(u)) {
    int k = u->state.next;
    TRY(look(u, k, out));
    choose_runs(u, k + 1);
  }
  return status_ok();
}

const UntilState *until_state(const Until *u) {
  return &u->state;
}

static Status go_on(Until *u, StateReport *reports, const RunnerOptions *options) {
  RunnerOptions runner = *options;
  runner.wanted = u->state.wanted;
  TRY(until_look(u, stdout));
  while (u->state.next < u->state.n_looks) {
    int k = u->state.next;
    Status status = runner_run(u->study, reports, &runner);
    if (status.code != STATUS_OK && status.code != STATUS_NUMBERS) return status;
    TRY(until_look(u, stdout));
    if (u->state.next == k)
      return status_error(STATUS_FAILED,
                          "%s: look %d needs runs that another process works on; when they have "
                          "ended, the same command goes on",
                          u->study->name, k + 1);
  }
  return until_print_end(u, stdout);
}

Status until_run(const Study *study, StateReport *reports, const RunnerOptions *runner,
                 const UntilOptions *options) {
  Pool pool = {0};
  Until *until;
  Status status = until_make(&until, &pool, study, reports, options);
  if (status.code == STATUS_OK) status = go_on(until, reports, runner);
  pool_free(&pool);
  return status;
}
