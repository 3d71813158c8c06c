#include "../steps/batch_statistics.h"
#include "dist/dist.h"
#include "evaluate.h"
#include "kernels/isa.h"
#include "nn/team.h"

/* A pass over the batch up to the sums of one norm. */
typedef struct Summing {
  Pass *pass;
  int last; /* the step that sums */
} Summing;

static const Step *step_of(const Summing *summing) {
  return &summing->pass->plan.list.steps[summing->last];
}

static void sum_block(const Context *context, int t, int block, void *summing) {
  evaluation_steps(context, t, block, ((const Summing *)summing)->last);
}

static void add_sums(void *context, int t, int from) {
  const Summing *summing = context;
  const Step *step = step_of(summing);
  exchange_add(&summing->pass->work, step->n_exchanged(summing->pass, step), t, from);
}

static void exchange_alone(void *context) {
  const Summing *summing = context;
  step_of(summing)->exchange(summing->pass, step_of(summing));
}

static void run_thread(void *context, int t) {
  Summing *summing = context;
  isa_flush_denormals();
  share_blocks(summing->pass, t, 0, sum_block, summing);
  team_gather(&(TeamSum){add_sums, summing}, exchange_alone, summing);
}

/* Collective. The sums alone have been added up so far. */
static int any_out_of_range(Pass *pass) {
  int64_t tail[TAIL_COUNT];
  exchange_tail(tail, &pass->work);
  dist_sum(tail + TAIL_OUT_OF_RANGE, 1);
  return tail[TAIL_OUT_OF_RANGE] != 0;
}

int evaluation_sums(Pass *pass) {
  for (int s = 0; s < pass->plan.n_forward; s++) {
    Summing summing = {pass, s};
    if (!pass->plan.list.steps[s].exchange) continue;
    team_run(pass->work.n_threads, run_thread, &summing);
    clock_mark(&pass->clock, 0, ACTIVITY_EVALUATE, NO_ROW);
  }
  return any_out_of_range(pass);
}

int pass_population(Pass *pass, const ImageSet *set, const float *table) {
  clock_mark(&pass->clock, 0, ACTIVITY_EVALUATE, NO_ROW);
  evaluation_begin(pass, set, table);
  const int is_bad = evaluation_sums(pass);
  pass->network->has_population = 1;
  clock_mark(&pass->clock, 0, ACTIVITY_OTHER, NO_ROW);
  return is_bad;
}

/* A forward pass is a third of a training step, but for the first operation, of which that has two
 * parts. */
double pass_population_steps(const Pass *pass) {
  const Network *network = pass->network;
  double passes = 0;
  for (int s = 0; s < pass->plan.n_forward; s++) {
    const Step *step = &pass->plan.list.steps[s];
    if (!step->exchange) continue;
    for (int i = 0; i < step->op->number; i++)
      passes += op_training_flops(network, &network->ops[i]) / (network->ops[i].in == 0 ? 2 : 3);
  }
  const double step = network_training_flops(network);
  return step > 0 ? passes / step : 0;
}
