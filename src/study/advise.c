#include "study/advise.h"

#include "advise_parts.h"
#include "base/log.h"
#include "dist/dist.h"
#include "train/proposal.h"
#include <string.h>

enum { N_STEPS = 10, MOST_KINDS = 16 };
/* By how much more ranks have to be faster, to be worth their memory and messages. */
#define WORTH_RANKS 1.02

/* One thread, and what fills so many cores: every way to cut its threads into ranks. */
static int choose_layouts(PassLayout layouts[MOST_SPEEDS], int n_cores, int batch) {
  const PassLayout best = proposal_make(n_cores, proposal_domains(), batch, 0);
  const int n_workers = best.n_ranks * best.n_threads;
  int n = 0;
  if (n_workers > 1) layouts[n++] = (PassLayout){1, 1};
  for (int ranks = 1; ranks <= n_workers && n < MOST_SPEEDS - 1; ranks++)
    if (n_workers % ranks == 0) layouts[n++] = (PassLayout){ranks, n_workers / ranks};
  if (n == MOST_SPEEDS - 1) layouts[n++] = (PassLayout){n_workers, 1};
  return n;
}

/* As few nodes as the batch has work for. */
static PassLayout propose(int *n_nodes, const Machine *machine, int batch) {
  const int domains = proposal_domains();
  PassLayout layout;
  *n_nodes = machine->n_nodes;
  for (;;) {
    layout = proposal_make(*n_nodes * machine->n_cores, *n_nodes * domains, batch, 0);
    /* A rank lies on one node. */
    if (layout.n_threads > machine->n_cores)
      layout = proposal_make(*n_nodes * machine->n_cores, 1, batch, 1);
    const int per_node = machine->n_cores / layout.n_threads;
    const int needed = (layout.n_ranks + per_node - 1) / per_node;
    if (needed >= *n_nodes) break;
    *n_nodes = needed;
  }
  return layout;
}

static Status measure_layouts(Advice *advice, Pool *pool, const PassLayout *layouts, int n) {
  RunKind *kind = &advice->kinds[0];
  for (int i = 0; i < n; i++) {
    Speed *speed = &advice->speeds[advice->n_speeds];
    speed->layout = layouts[i];
    log_note("measuring %d rank%s x %d thread%s, %d of %d", layouts[i].n_ranks,
             plural(layouts[i].n_ranks), layouts[i].n_threads, plural(layouts[i].n_threads), i + 1,
             n);
    TRY(speed_measure(&speed->images_per_second, pool, kind->config, &kind->estimate, layouts[i]));
    const Speed *best = &advice->speeds[advice->best];
    if (speed->images_per_second > WORTH_RANKS * best->images_per_second)
      advice->best = advice->n_speeds;
    advice->n_speeds++;
  }
  kind->images_per_second = advice->speeds[advice->best].images_per_second;
  kind->is_measured = 1;
  return status_ok();
}

/* The others are measured in the best layout of the first. */
static Status measure_kind(Advice *advice, Pool *pool, int k, int *n_measured) {
  RunKind *kind = &advice->kinds[k];
  double slowest = 0;
  for (int i = 0; i < k; i++) {
    const RunKind *other = &advice->kinds[i];
    if (slowest == 0 || other->images_per_second < slowest) slowest = other->images_per_second;
    if (strcmp(other->speed, kind->speed) != 0) continue;
    kind->images_per_second = other->images_per_second;
    kind->is_measured = other->is_measured;
    return status_ok();
  }
  kind->images_per_second = slowest;
  if (*n_measured >= MOST_KINDS) return status_ok();
  kind->is_measured = 1;
  log_note("measuring runs that differ in speed, %d", ++*n_measured);
  return speed_measure(&kind->images_per_second, pool, kind->config, &kind->estimate,
                       advice->speeds[advice->best].layout);
}

static Status estimate_kind(RunKind *kind, const AdviseRequest *request, PassLayout layout) {
  const TrainOptions options = {.config = kind->config, .data = request->data};
  return train_estimate(&kind->estimate, &kind->needs, &options, &layout, 1, N_STEPS);
}

/* What is proposed is what was measured best, unless it is for other cores than those here. */
static void decide(Advice *advice, const Machine *machine, int n_here, int batch) {
  const PassLayout best = advice->speeds[advice->best].layout;
  advice->layout = propose(&advice->n_nodes, machine, batch);
  const int is_small = machine->n_nodes == 1 && machine->n_cores <= n_here;
  const int n_workers = advice->layout.n_ranks * advice->layout.n_threads;
  if (is_small || (advice->n_nodes == 1 && n_workers == best.n_ranks * best.n_threads)) {
    advice->layout = best;
    advice->n_nodes = 1;
  }
  advice->is_measured = advice->layout.n_ranks == best.n_ranks &&
                        advice->layout.n_threads == best.n_threads && advice->n_nodes == 1;
  advice->factor = proposal_rounds(best, batch) / proposal_rounds(advice->layout, batch);
}

static Status make(Advice *advice, Pool *pool, const Machine *machine, int n_here,
                   const AdviseRequest *request) {
  PassLayout layouts[MOST_SPEEDS];
  const Machine *m = machine;
  const int n_used = m->n_nodes == 1 && m->n_cores < n_here ? m->n_cores : n_here;
  int n_measured = 1;
  TRY(kinds_find(&advice->kinds, &advice->n_kinds, pool, request));
  RunKind *first = &advice->kinds[0];
  TRY(estimate_kind(first, request, (PassLayout){1, 1}));
  const int batch = first->estimate.batch, n = choose_layouts(layouts, n_used, batch);
  TRY(measure_layouts(advice, pool, layouts, n));
  decide(advice, machine, n_here, batch);
  for (int i = 0; i < advice->n_kinds; i++) {
    TRY(estimate_kind(&advice->kinds[i], request, advice->layout));
    if (i > 0) TRY(measure_kind(advice, pool, i, &n_measured));
  }
  return status_ok();
}

double advice_training(const Advice *advice, const RunKind *kind) {
  return estimate_training(&kind->estimate, advice->factor * kind->images_per_second);
}

double advice_evaluation(const Advice *advice, const RunKind *kind) {
  return estimate_evaluation(&kind->estimate, advice->factor * kind->images_per_second);
}

double advice_run(const Advice *advice, const RunKind *kind) {
  return advice_training(advice, kind) + advice_evaluation(advice, kind);
}

Status advise(const AdviseRequest *request) {
  Pool pool = {0};
  Advice advice = {0};
  Machine machine;
  int n_fair;
  const int n_here = dist_cores(&n_fair);
  Status status = machine_find(&machine, &pool, request, n_here);
  if (status.code == STATUS_OK) status = make(&advice, &pool, &machine, n_here, request);
  if (status.code == STATUS_OK) status = advice_print(&advice, &pool, &machine, request);
  pool_free(&pool);
  return status;
}
