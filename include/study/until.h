#ifndef NORMLAB_STUDY_UNTIL_H
#define NORMLAB_STUDY_UNTIL_H
/* Adds seeds to a study until each variant is decided against a baseline, without finding too much
 * by looking often. Not collective. */
#include "study/runner.h"

typedef struct UntilOptions {
  const char *baseline; /* the title or the norm of a variant */
  double difference;    /* D, the difference of accuracies that matters, as a share above 0 */
} UntilOptions;

/* What a variant has come to. */
typedef enum UntilOutcome {
  UNTIL_OPEN,   /* more seeds are needed */
  UNTIL_BETTER, /* than the baseline */
  UNTIL_WORSE,
  UNTIL_EQUIVALENT, /* within D */
  UNTIL_FUTILE,     /* it is not to be expected that the most seeds decide */
  UNTIL_EXHAUSTED,  /* the most seeds have not decided */
  UNTIL_FAILED      /* runs of it, or of the baseline, have diverged: means do not compare */
} UntilOutcome;

/* Judges two variants at a look: a [n_a] and b [n_b] are the accuracies of variant and baseline.
 * levels: the nominal levels of sequential_levels() for a difference, and for equivalence half of
 * those for twice the level, as its tests have one side. share: of the most seeds. `least` is the
 * least deviation. */
typedef struct UntilLook {
  double level_different, level_equivalent, share, difference, least;
  int is_last;
} UntilLook;
UntilOutcome until_judge(const UntilLook *look, const double *a, size_t n_a, const double *b,
                         size_t n_b);

/* Runs a study whose seeds are all that there may be: at each planned look (sequential_looks())
 * those runs that are still needed, for the baseline and for the variants that are open. The
 * comparisons with the baseline share the level COMPARISON_LEVEL equally, and each spends its part
 * over the looks, so that at most one study of 20 has a wrong "better" or "worse", and at most one
 * a wrong "equivalent". A stop for futility spends nothing. Prints each look, and at the end what
 * was decided, with the interval that holds whenever one looks, and the runs that were not needed.
 * It can be stopped and goes on: a look depends only on the files of the runs.
 *
 * Returns what runner_run() returns, STATUS_USAGE if no variant is the baseline, or the failures of
 * reading result files. */
Status until_run(const Study *study, StateReport *reports, const RunnerOptions *runner,
                 const UntilOptions *options) MUST_CHECK;

#endif
