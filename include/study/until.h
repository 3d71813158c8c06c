#ifndef NORMLAB_STUDY_UNTIL_H
#define NORMLAB_STUDY_UNTIL_H
/* Adds seeds to a study until each variant is decided against a baseline, without finding too much
 * by looking often. Not collective. */
#include "report/sequential.h"
#include "study/pool.h"
#include "study/runner.h"
#include <stdio.h>

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

/* The looks at a study whose seeds are all that there may be. They are planned
 * (sequential_looks()); each needs the runs of the baseline and of the variants that are still
 * open. The comparisons with the baseline share the level COMPARISON_LEVEL equally, and each spends
 * its part over the looks, so that at most one study of 20 has a wrong "better" or "worse", and at
 * most one a wrong "equivalent". A stop for futility spends nothing. A look depends only on the
 * files of the runs. */
typedef struct Until Until;

/* How far the looks are. */
typedef struct UntilState {
  int looks[SEQUENTIAL_LOOKS]; /* [n_looks]: the number of seeds at each */
  int n_looks;
  int next;   /* the first look, from 0, whose runs have not all ended; n_looks: nothing is left to
                   decide */
  int n_open; /* the number of variants that are not decided */
  int baseline; /* the number of the variant that is the baseline */
  char *wanted; /* [n_runs]: 1 for each run that the next look needs */
} UntilState;

/* Plans the looks. reports [n_runs] are those of the study's runs; they, the study and the options
 * must live as long as *until, which is in the pool. Returns STATUS_USAGE if no variant is the
 * baseline, or STATUS_MEMORY. */
Status until_make(Until **until, Pool *pool, const Study *study, const StateReport *reports,
                  const UntilOptions *options) MUST_CHECK;
/* Makes the looks whose runs have all ended, in their order, and prints each to `out` unless that
 * is NULL. It is called again when the reports have changed. The failures are those of reading
 * result files. */
Status until_look(Until *until, FILE *out) MUST_CHECK;
/* Returns how far the looks are; the same pointer each time. */
const UntilState *until_state(const Until *until);
/* Prints what each variant has come to, with the interval that holds whenever one looks, and how
 * many runs no look will need. */
Status until_print_end(const Until *until, FILE *out) MUST_CHECK;

/* Makes all looks at a study, and before each the runs that it needs, on this machine. Prints each
 * look, and at the end what was decided. It can be stopped and goes on.
 *
 * Returns what runner_run() returns, the failures of until_make() and until_look(), or
 * STATUS_FAILED if a look needs runs that another process works on. */
Status until_run(const Study *study, StateReport *reports, const RunnerOptions *runner,
                 const UntilOptions *options) MUST_CHECK;

#endif
