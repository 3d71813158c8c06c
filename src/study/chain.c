#include "chain.h"

#include "base/log.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static Status plan_looks(Chain *chain, Pool *pool, int first, const int *looks, int n_looks,
                         int n_variants) {
  int n_kept = chain->n_steps, n = n_looks - first > 1 ? n_looks - first : 1;
  ChainStep *steps;
  TRY(pool_items(pool, &steps, (size_t)(n_kept + n), sizeof *steps));
  if (n_kept > 0) memcpy(steps, chain->steps, (size_t)n_kept * sizeof *steps);
  for (int i = 0; i < n; i++) {
    int look = first + i < n_looks ? first + i : n_looks - 1;
    int n_seeds = look + 1 < n_looks ? looks[look + 1] - looks[look] : 0;
    steps[n_kept + i] = (ChainStep){look, n_variants * n_seeds};
  }
  chain->steps = steps;
  chain->n_steps = n_kept + n;
  return status_ok();
}

/* Of a study whose values are chosen: the looks that are left. */
static Status plan_rest(Chain *chain, char **wanted, Pool *pool, const Study *study,
                        const UntilOptions *options) {
  StateReport *reports;
  Until *until;
  TRY(pool_items(pool, &reports, (size_t)study->n_runs, sizeof *reports));
  for (int i = 0; i < study->n_runs; i++) state_look(&reports[i], &study->runs[i]);
  TRY(until_make(&until, pool, study, reports, options));
  TRY(until_look(until, NULL));
  const UntilState *state = until_state(until);
  *wanted = state->wanted;
  return plan_looks(chain, pool, state->next, state->looks, state->n_looks, state->n_open + 1);
}

/* Before the choice: that is a step, and all looks follow it. */
static Status plan_choice(Chain *chain, Pool *pool, const Study *study,
                          const UntilOptions *options) {
  int looks[SEQUENTIAL_LOOKS], n_looks = (int)sequential_looks(looks, study->n_seeds);
  int n_seeds = options ? looks[0] : study->n_seeds;
  TRY(pool_items(pool, &chain->steps, 1, sizeof *chain->steps));
  chain->steps[0] = (ChainStep){-1, study->n_variants * n_seeds};
  chain->n_steps = 1;
  if (!options) return status_ok();
  Until *until; /* for its check of the baseline */
  TRY(until_make(&until, pool, study, NULL, options));
  return plan_looks(chain, pool, 0, looks, n_looks, study->n_variants);
}

Status chain_plan(Chain *chain, char **wanted, Pool *pool, const Study *study,
                  const UntilOptions *until) {
  *chain = (Chain){.until = until ? *until : (UntilOptions){0}};
  *wanted = NULL;
  if (!study->is_chosen) return plan_choice(chain, pool, study, until);
  return until ? plan_rest(chain, wanted, pool, study, until) : status_ok();
}

const char *chain_first(const Chain *chain) {
  return chain->n_steps > 0 && chain->steps[0].look < 0 ? "-tune" : "";
}

Status chain_step_name(char **text, Pool *pool, const ChainStep *step) {
  if (step->look < 0) return pool_text(pool, text, "choose");
  return pool_text(pool, text, "look-%d", step->look + 1);
}

/* What so many runs of a study cost at most. */
static int64_t epochs_of(const Study *study, int n_runs) {
  int64_t sum = 0, most = 0;
  for (int i = 0; i < study->n_runs; i++) {
    int64_t epochs = study->runs[i].config->training.epochs;
    sum += epochs;
    most = epochs > most ? epochs : most;
  }
  return n_runs == study->n_runs ? sum : most * n_runs;
}

Status chain_tell(const Chain *chain, Pool *pool, const Study *study, const char *name, int first) {
  for (int i = 0; i < chain->n_steps; i++) {
    const ChainStep *step = &chain->steps[i];
    char *text;
    TRY(chain_step_name(&text, pool, step));
    if (step->look < 0)
      log_note("%d. %s-%s: chooses for each of %d variants, when all of these have ended", first++,
               name, text, study->n_variants);
    else
      log_note("%d. %s-%s: looks whether variants are decided, when all of these have ended",
               first++, name, text);
    if (step->n_tasks > 0)
      log_note("%d. %s: an array of %s%d runs, %" PRId64 " epochs, behind that", first++, name,
               chain->until.baseline ? "at most " : "", step->n_tasks,
               epochs_of(study, step->n_tasks));
  }
  log_note("%d. %s-compare: compares, when all have ended", first, name);
  return status_ok();
}
