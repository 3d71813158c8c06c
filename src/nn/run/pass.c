#include "nn/pass.h"

#include "../steps/batch_statistics.h"
#include "../steps/norm_group.h"
#include "../steps/plan.h"
#include "base/log.h"
#include "base/memory.h"
#include "context.h"
#include "kernels/isa.h"
#include "load.h"
#include "nn/team.h"
#include "share.h"
#include "trouble.h"
#include <stdlib.h>

static size_t image_bytes(const Network *network) {
  Shape shape = network->shapes[0];
  return (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
}

/* A norm that crosses samples keeps all blocks of the rank; otherwise each thread has one. */
static int n_slots(const Network *network, int batch, PassLayout layout) {
  int own =
      batch_most_blocks(batch, batch_unit(network->backend), layout.n_ranks, layout.n_threads);
  return network->crosses_samples && own > layout.n_threads ? own : layout.n_threads;
}

/* The sizes of everything, of a plan that has been made. */
static void find_shapes(WorkspaceShape *work, ExchangeShape *exchange, Plan *plan,
                        const Network *network, int batch, int n_layers_observed) {
  size_t n_observed = (size_t)n_layers_observed * N_OBSERVED_SUMS;
  raise_to(&plan->sizes.exchange, n_observed);
  *work = (WorkspaceShape){.sizes = plan->sizes,
                           .slot_floats = plan->slot_floats,
                           .kept_doubles = plan->kept_doubles,
                           .n_parameters = network->n_parameters,
                           .n_observed = n_observed};
  *exchange = (ExchangeShape){.n_parameters = network->n_parameters,
                              .n_exchange = plan->sizes.exchange,
                              .n_moments = plan->n_moments,
                              .n_products = plan->n_products,
                              .n_ops = network->n_ops};
  for (int i = 0; i < plan->n_groups; i++) exchange->n_late += norm_late(&plan->groups[i], batch);
}

static Status make(Pass *pass, PassLayout layout) {
  Network *network = pass->network;
  Plan *plan = &pass->plan;
  WorkspaceShape work;
  ExchangeShape exchange;
  if (network->backend->prepare) TRY(network->backend->prepare(layout.n_threads));
  TRY(plan_make(plan, network, pass->batch));
  TRY(observer_make(&pass->observer, network));
  find_shapes(&work, &exchange, plan, network, pass->batch, pass->observer.n);
  work.n_threads = layout.n_threads;
  work.n_slots = n_slots(network, pass->batch, layout);
  TRY(workspace_make(&pass->work, &work));
  TRY(exchange_make(&pass->exchange, &exchange));
  for (int i = 0; i < plan->n_groups; i++)
    TRY(norm_exchange_make(&pass->exchange, &plan->groups[i], pass->batch));
  return clock_make(&pass->clock, layout.n_threads, plan->row_layers, plan->n_rows);
}

Status pass_make(Pass **pass, Network *network, int batch, int n_threads) {
  TRY(memory_allocate(pass, 1, sizeof **pass, "pass"));
  **pass = (Pass){.network = network, .batch = batch, .renorm = {1, 0}};
  Status status = make(*pass, (PassLayout){dist_size(), n_threads});
  if (status.code != STATUS_OK) {
    pass_free(*pass);
    *pass = NULL;
  }
  return status;
}

Status pass_bytes(size_t *bytes, const Network *network, int batch, PassLayout layout) {
  Plan plan;
  Observer observer = {0};
  WorkspaceShape work;
  ExchangeShape exchange;
  Status status = plan_make(&plan, network, batch);
  if (status.code == STATUS_OK) status = observer_make(&observer, network);
  if (status.code == STATUS_OK) {
    find_shapes(&work, &exchange, &plan, network, batch, observer.n);
    work.n_threads = layout.n_threads;
    work.n_slots = n_slots(network, batch, layout);
    *bytes = workspace_bytes(&work) + exchange_bytes(&exchange);
    for (int i = 0; i < plan.n_groups; i++) *bytes += norm_exchange_bytes(&plan.groups[i], batch);
  }
  observer_free(&observer);
  plan_free(&plan);
  return status;
}

size_t pass_augment_bytes(const Network *network, size_t scratch_bytes, int n_threads) {
  return workspace_image_bytes(n_threads, image_bytes(network), scratch_bytes);
}

void pass_free(Pass *pass) {
  if (!pass) return;
  workspace_free(&pass->work);
  exchange_free(&pass->exchange, pass->network->n_ops);
  observer_free(&pass->observer);
  similarity_free(&pass->similarity);
  clock_free(&pass->clock);
  plan_free(&pass->plan);
  free(pass);
}

Status pass_set_augment(Pass *pass, PassAugment augment) {
  BUG_IF(pass->augment.run);
  TRY(workspace_make_images(&pass->work, image_bytes(pass->network), augment.scratch_bytes));
  pass->augment = augment;
  return status_ok();
}

static void observe_array(const Context *context, ExactSum *to, const float *x, Shape shape) {
  const Slot *slot = context->slot;
  double *sum = context->thread->observed, *square = sum + (size_t)shape.c * LANES;
  const double limit = context->pass->now.term_limit / shape.c;
  norm_sums(sum, square, x, &(NormCall){.shape = shape, .band = band_whole(shape)});
  const size_t n = (size_t)shape.c;
  note_range(context, exact_add_lanes(to, 0, sum, n, 0, slot->n_valid, limit) |
                          exact_add_lanes(to + 1, 0, square, n, 0, slot->n_valid, limit));
}

/* Adds the sums of what a step has made, where it is observed. */
static void observe(const Context *context, int t, const Step *step) {
  Pass *pass = context->pass;
  for (int i = step->first; i < step->first + step->n_made; i++) {
    const Op *op = &pass->network->ops[i];
    int number = pass->observer.layer_of[i];
    if (number < 0) continue;
    const float *before = activation_of(context, op->out), *after = before;
    if (op->kind->observe) op->kind->observe(context, op, &before, &after);
    ExactSum *sums = context->thread->observation + (size_t)number * N_OBSERVED_SUMS;
    observe_array(context, sums + BEFORE, before, shape_of(context, op->out));
    observe_array(context, sums + AFTER, after, shape_of(context, op->out));
    if (pass->similarity.is_on)
      similarity_add(&pass->similarity, t, number, after, shape_of(context, op->out),
                     context->slot->n_valid);
  }
}

/* The end of what the threads of a crew do together. */
static void meet(const Context *context, int t, int row) {
  if (share_is_whole(context)) return;
  clock_mark(&context->pass->clock, t, ACTIVITY_WAIT_THREADS, row);
  share_meet(context);
}

/* Steps [from, to) of the list. */
typedef struct Segment {
  int from, to;
} Segment;

static void run_block(const Context *context, int t, int block, void *argument) {
  const Segment *segment = argument;
  Pass *pass = context->pass;
  Clock *clock = &pass->clock;
  if (context->meets_before) meet(context, t, NO_ROW);
  if (segment->from == 0) {
    clock_mark(clock, t, ACTIVITY_LOAD, NO_ROW);
    load_block(context, block);
    meet(context, t, NO_ROW);
  }
  for (int s = segment->from; s < segment->to; s++) {
    const Step *step = &pass->plan.list.steps[s];
    const int row = step_row(&pass->plan, step);
    clock_mark(clock, t, step->activity, row);
    step->run(context, step);
    trouble_note(context->thread, s);
    if (s + 1 < segment->to || context->meets_after || pass->observer.is_on) meet(context, t, row);
    if (!pass->observer.is_on) continue;
    if (share_is_first(context)) observe(context, t, step);
    trouble_note(context->thread, s);
    meet(context, t, row); /* nobody works any more on what is observed */
  }
}

/* The end of a segment, where a step exchanges sums. */
typedef struct Ending {
  Pass *pass;
  const Step *step;
} Ending;

static void add_sums(void *context, int t, int from) {
  const Ending *ending = context;
  Pass *pass = ending->pass;
  exchange_add(&pass->work, ending->step->n_exchanged(pass, ending->step), t, from);
}

static void exchange_alone(void *context) {
  const Ending *ending = context;
  Clock *clock = &ending->pass->clock;
  int row = step_row(&ending->pass->plan, ending->step);
  clock_mark(clock, 0, ACTIVITY_COMBINE, row);
  ending->step->exchange(ending->pass, ending->step);
  clock_mark(clock, 0, ACTIVITY_WAIT_THREADS, row);
}

static void run_exchange(Pass *pass, int t, const Step *step) {
  Ending ending = {pass, step};
  clock_mark(&pass->clock, t, ACTIVITY_WAIT_THREADS, step_row(&pass->plan, step));
  team_gather(&(TeamSum){add_sums, &ending}, exchange_alone, &ending);
}

/* The whole batch by one thread of a team: segments of steps over its blocks, each but the last one
 * with an exchange at its end. */
static void run_batch(Pass *pass, int t) {
  const StepList *list = &pass->plan.list;
  Segment segment = {0};
  for (int is_odd = 0; segment.from < list->n; segment.from = segment.to, is_odd = !is_odd) {
    for (segment.to = segment.from; segment.to < list->n && !list->steps[segment.to].exchange;)
      segment.to++;
    const int is_exchange = segment.to < list->n;
    if (is_exchange) segment.to++;
    share_blocks(pass, t, is_odd, run_block, &segment);
    if (is_exchange) run_exchange(pass, t, &list->steps[segment.to - 1]);
  }
}

static void run_thread(void *context, int t) {
  Pass *pass = context;
  isa_flush_denormals();
  run_batch(pass, t);
  clock_mark(&pass->clock, t, ACTIVITY_WAIT_THREADS, NO_ROW);
  team_meet();
  clock_mark(&pass->clock, t, ACTIVITY_COMBINE, NO_ROW);
  exchange_add_threads(&pass->exchange, &pass->work, pass->network->n_parameters, t);
  if (t > 0) clock_mark(&pass->clock, t, ACTIVITY_OTHER, NO_ROW);
}

/* What steps and operations still do to the gradient of the batch. Returns the first place where a
 * value was out of range, or -1. */
static int finish_gradient(Pass *pass) {
  const StepList *list = &pass->plan.list;
  const Network *network = pass->network;
  int trouble = -1;
  for (int s = 0; s < list->n; s++)
    if (list->steps[s].finish && list->steps[s].finish(pass, &list->steps[s]) && trouble < 0)
      trouble = s;
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    if (op->kind->finish && op->kind->finish(network, op, pass->exchange.gradient) && trouble < 0)
      trouble = trouble_of_op(pass, i);
  }
  return trouble;
}

/* What steps have left for the message with the gradient. */
static void send_late(Pass *pass) {
  for (int s = 0; s < pass->plan.list.n; s++) {
    const Step *step = &pass->plan.list.steps[s];
    if (!step->send) continue;
    for (int t = 1; t < pass->work.n_threads; t++)
      exchange_add(&pass->work, step->n_exchanged(pass, step), 0, t);
    step->send(pass, step);
  }
}

static void reduce(Pass *pass, int want_stop, StepResult *result) {
  int64_t *tail = pass->exchange.gradient + pass->network->n_parameters;
  exchange_tail(tail, &pass->work);
  tail[TAIL_STOP] = want_stop != 0;
  send_late(pass);
  exchange_integers(pass->exchange.gradient,
                    (size_t)(pass->exchange.sent_end - pass->exchange.gradient), &pass->clock);
  batch_statistics_finish(pass);
  const int trouble = finish_gradient(pass);
  const int is_bad = tail[TAIL_OUT_OF_RANGE] != 0 || trouble >= 0;
  *result = (StepResult){.loss = exact_join(tail + TAIL_LOSS),
                         .correct = tail[TAIL_CORRECT],
                         .n_samples = pass->now.count,
                         .out_of_range = is_bad,
                         .trouble = is_bad ? trouble_first(pass, trouble) : 0,
                         .stop = tail[TAIL_STOP] != 0};
}

/* Collective. */
static void finish_observation(Pass *pass) {
  size_t n = (size_t)pass->observer.n * N_OBSERVED_SUMS;
  for (int t = 0; t < pass->work.n_threads; t++) {
    Thread *thread = &pass->work.threads[t];
    for (size_t i = 0; i < n; i++) {
      thread->exchange[i] = thread->observation[i];
      thread->observation[i] = 0;
    }
  }
  for (int t = 1; t < pass->work.n_threads; t++) exchange_add(&pass->work, n, 0, t);
  ExactSum *total =
      exchange_sum(&pass->exchange, &pass->work, &pass->clock, DIST_SCOPE_ALL, n, NO_ROW);
  observer_take(&pass->observer, pass->network, total, pass->now.count);
  for (size_t i = 0; i < n; i++) total[i] = 0;
}

/* Collective. */
static void finish_similarity(Pass *pass) {
  size_t n;
  int64_t *sums = similarity_gather(&pass->similarity, &n);
  exchange_integers(sums, n, &pass->clock);
  similarity_take(&pass->similarity, pass->now.count);
}

void pass_set_renorm(Pass *pass, RenormLimits limits) {
  pass->renorm = limits;
}

/* The size of the groups of samples, if all of the others have a whole number of theirs in one; or
 * 0. */
static int largest_group(const Pass *pass) {
  int largest = 0;
  for (int i = 0; i < pass->plan.n_groups; i++)
    if (pass->plan.groups[i].map->batch_group > largest)
      largest = pass->plan.groups[i].map->batch_group;
  for (int i = 0; i < pass->plan.n_groups; i++) {
    const int group = pass->plan.groups[i].map->batch_group;
    if (group && largest % group) return 0;
  }
  return largest;
}

void pass_train(Pass *pass, const ImageSet *set, const float *table, const uint32_t *index,
                int count, uint64_t step, int want_stop, PassLook look, StepResult *result) {
  pass->now = (Batch){.set = set,
                      .table = table,
                      .index = index,
                      .count = count,
                      .is_training = 1,
                      .is_grouped = 1,
                      .unit = batch_unit(pass->network->backend),
                      .step = step};
  batch_keep_groups(&pass->now, largest_group(pass));
  batch_cut(&pass->now, pass->work.n_threads, deal_choice_next(&pass->choice));
  batch_statistics_begin(pass);
  pass->network->has_population = 0;
  pass->observer.is_on = look != LOOK_NOT;
  pass->similarity.is_on = look == LOOK_SIMILARITY;
  pass->clock.step = (int64_t)step;
  const double begin = pass_clock();
  team_run(pass->work.n_threads, run_thread, pass);
  if (count == pass->batch) deal_choice_took(&pass->choice, pass_clock() - begin);
  reduce(pass, want_stop, result);
  if (pass->observer.is_on) finish_observation(pass);
  if (pass->similarity.is_on) finish_similarity(pass);
  pass->observer.is_on = pass->similarity.is_on = 0;
  clock_mark(&pass->clock, 0, ACTIVITY_OTHER, NO_ROW);
}

const int64_t *pass_gradient(const Pass *pass) {
  return pass->exchange.gradient;
}

const Observation *pass_observations(const Pass *pass, int *n) {
  *n = pass->observer.n;
  return pass->observer.layers;
}

Status pass_make_similarity(Pass *pass) {
  BUG_IF(pass->similarity.sum);
  return similarity_make(&pass->similarity, pass->network, &pass->observer, pass->work.n_threads);
}

Status pass_similarity_bytes(size_t *bytes, const Network *network, int n_threads) {
  Observer observer = {0};
  Status status = observer_make(&observer, network);
  *bytes = status.code == STATUS_OK ? similarity_bytes(network, &observer, n_threads) : 0;
  observer_free(&observer);
  return status;
}

const double *pass_similarity(const Pass *pass) {
  return pass->similarity.values;
}

double pass_rounds(int n_samples, int n_threads) {
  return batch_rounds(n_samples, n_threads);
}

int pass_own_samples(const Pass *pass) {
  return pass->now.n_samples;
}

int pass_threads(const Pass *pass) {
  return pass->work.n_threads;
}

double *pass_seconds(Pass *pass) {
  return pass->clock.seconds;
}

void pass_mark(Pass *pass, Activity activity) {
  clock_mark(&pass->clock, 0, activity, NO_ROW);
}

void pass_set_sign(Pass *pass, PassSign *sign) {
  pass->clock.sign = sign;
}
