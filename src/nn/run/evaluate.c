#include "../steps/batch_statistics.h"
#include "base/log.h"
#include "base/memory.h"
#include "dist/dist.h"
#include "kernels/isa.h"
#include "kernels/loss.h"
#include "load.h"
#include "nn/team.h"
#include "share.h"
#include <stdlib.h>

/* This rank's part of the predictions. */
typedef struct Part {
  Pass *pass;
  int first, n; /* samples */
  int32_t *prediction;
  float *probability;
  double *loss;
} Part;

static void part_free(Part *part) {
  free(part->prediction);
  free(part->probability);
  free(part->loss);
}

static Status part_make(Part *part, const Pass *pass) {
  size_t n = (size_t)part->n, n_classes = (size_t)pass->network->n_classes;
  TRY(memory_allocate(&part->prediction, n, sizeof(int32_t), "predictions"));
  TRY(memory_allocate(&part->probability, n * n_classes, sizeof(float), "predictions"));
  return memory_allocate(&part->loss, n, sizeof(double), "predictions");
}

/* What the block's logits say. */
static void take_predictions(const Context *context, Part *part) {
  const Pass *pass = context->pass;
  const Slot *slot = context->slot;
  Thread *thread = context->thread;
  int n_classes = pass->network->n_classes;
  double loss[LANES];
  int32_t prediction[LANES];
  size_t place = (size_t)(slot->first - part->first);
  const float *z = activation_of(context, pass->network->n_activations - 1);
  /* extra holds the probabilities of all lanes: the last ones may be beyond the set. */
  nll_loss(loss, prediction, thread->extra, NULL, z, slot->label, slot->n_valid, n_classes);
  for (int l = 0; l < slot->n_valid; l++) {
    part->prediction[place + (size_t)l] = prediction[l];
    part->loss[place + (size_t)l] = loss[l];
    add_exactly(context, &thread->loss, loss[l]);
    thread->correct += prediction[l] == slot->label[l];
    for (int k = 0; k < n_classes; k++)
      part->probability[(place + (size_t)l) * (size_t)n_classes + (size_t)k] =
          thread->extra[l * n_classes + k];
  }
}

static void evaluate_block(const Context *context, int t, int block, void *part) {
  Pass *pass = context->pass;
  share_meet(context); /* nobody works any more on what its memory held */
  load_block(context, block);
  share_meet(context);
  for (int s = 0; s < pass->plan.n_forward; s++) {
    const Step *step = &pass->plan.list.steps[s];
    if (step->exchange) continue;
    if (t == 0) clock_show(&pass->clock, ACTIVITY_EVALUATE, step_row(&pass->plan, step));
    step->run(context, step);
    share_meet(context);
  }
  if (share_is_first(context)) take_predictions(context, part);
}

static void run_thread(void *context, int t) {
  Part *part = context;
  isa_flush_denormals();
  share_blocks(part->pass, t, 0, evaluate_block, part);
}

/* Collective. */
static void reduce(Pass *pass, EvaluationResult *result) {
  int64_t tail[TAIL_COUNT];
  exchange_tail(tail, &pass->work);
  dist_sum(tail, TAIL_COUNT);
  result->loss = exact_join(tail + TAIL_LOSS);
  result->correct = tail[TAIL_CORRECT];
  result->out_of_range = tail[TAIL_OUT_OF_RANGE] != 0;
}

static void gather(const Pass *pass, const Part *part, EvaluationResult *result, size_t *counts) {
  struct {
    const void *from;
    void *to;
    size_t size;
  } column[] = {
      {part->prediction, result->prediction, sizeof(int32_t)},
      {part->probability, result->probability, sizeof(float) * (size_t)pass->network->n_classes},
      {part->loss, result->sample_loss, sizeof(double)},
  };
  for (size_t i = 0; i < sizeof column / sizeof *column; i++) {
    for (int r = 0; r < dist_size(); r++)
      counts[r] =
          (size_t)(batch_first_sample(&pass->now, r + 1) - batch_first_sample(&pass->now, r)) *
          column[i].size;
    dist_gather(column[i].from, (size_t)part->n * column[i].size, column[i].to, counts);
  }
}

/* Collective. */
static Status evaluate(Pass *pass, EvaluationResult *result) {
  Part part = {.pass = pass, .first = batch_first_sample(&pass->now, dist_rank())};
  part.n = batch_first_sample(&pass->now, dist_rank() + 1) - part.first;
  size_t *counts = NULL;
  Status status = part_make(&part, pass);
  if (status.code == STATUS_OK)
    status = memory_allocate(&counts, (size_t)dist_size(), sizeof *counts, "predictions");
  int wanted = result->prediction && result->probability && result->sample_loss;
  dist_broadcast(&wanted, sizeof wanted);
  status = dist_agree(status);
  if (status.code == STATUS_OK) {
    pass->with_crews = !pass->choice.is_without;
    team_run(pass->work.n_threads, run_thread, &part);
    clock_mark(&pass->clock, 0, ACTIVITY_EVALUATE, NO_ROW);
    reduce(pass, result);
    if (wanted) gather(pass, &part, result, counts);
  }
  part_free(&part);
  free(counts);
  return status;
}

Status pass_evaluate(Pass *pass, const ImageSet *set, const float *table,
                     EvaluationResult *result) {
  clock_mark(&pass->clock, 0, ACTIVITY_EVALUATE, NO_ROW);
  pass->now = (Batch){
      .set = set, .table = table, .count = set->n, .unit = batch_unit(pass->network->backend)};
  batch_cut(&pass->now);
  batch_statistics_use_running(pass);
  Status status = evaluate(pass, result);
  clock_mark(&pass->clock, 0, ACTIVITY_OTHER, NO_ROW);
  return status;
}
