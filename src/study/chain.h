#ifndef NORMLAB_STUDY_CHAIN_H
#define NORMLAB_STUDY_CHAIN_H
/* What a submission of a study does behind its first array, where that cannot be known before its
 * runs have ended: values that are tuned, seeds that are added until variants are decided.
 *
 *   array 0 - step 1 - array 1 - step 2 - array 2 - ... - step N [- array N] - comparison
 *
 * All jobs are queued at once. A step is a job of one process that reads the result files and
 * writes the list of the runs of the array behind it (study/advance.h), by the study as it was
 * submitted. The tasks of that array wait for the step; as the list may come out shorter than the
 * array, there may be nothing for some of them to do. Not collective. */
#include "study/pool.h"
#include "study/state.h"
#include "study/until.h"

typedef struct ChainStep {
  int look;    /* the look that it makes, from 0; -1: it chooses the values that are tuned */
  int n_tasks; /* the number of tasks of the array behind it, the most that may be needed; 0: there
                  is no array */
} ChainStep;

typedef struct Chain {
  StudySource source;    /* of the whole study; the base is given */
  UntilOptions until;    /* baseline NULL: all seeds are run */
  const char *data_hash; /* of the images; "" without a folder */
  ChainStep *steps;      /* [n_steps], at least one */
  int n_steps;
} Chain;

/* Plans the steps behind the first array of a study. `until` is NULL, or the study's seeds are all
 * that there may be. Sets *wanted [n_runs] to the runs of the study that may be queued first, NULL
 * for all, which is for a study whose values are chosen. *chain is zero where nothing depends on
 * results: then the study is one array. The failures are those of until_make() and until_look(). */
Status chain_plan(Chain *chain, char **wanted, Pool *pool, const Study *study,
                  const UntilOptions *until) MUST_CHECK;

/* Returns what is added to the study's name for the first array: "-tune", or "". */
const char *chain_first(const Chain *chain);
/* Writes what a step is called: "choose", "look-2". */
Status chain_step_name(char **text, Pool *pool, const ChainStep *step) MUST_CHECK;

/* Says by log_note() what the jobs behind the first array would do, number by number from `first`,
 * under the names that they would have. */
Status chain_tell(const Chain *chain, Pool *pool, const Study *study, const char *name,
                  int first) MUST_CHECK;

#endif
