#include "evaluate.h"
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

/* From the images up to step `last`. The statistics of norms are there already, so that sums are
 * left out but those of the last step. */
void evaluation_steps(const Context *context, int t, int block, int last) {
  Pass *pass = context->pass;
  if (context->meets_before) share_meet(context);
  load_block(context, block);
  share_meet(context);
  for (int s = 0; s <= last; s++) {
    const Step *step = &pass->plan.list.steps[s];
    if (step->exchange && s < last) continue;
    if (t == 0) clock_show(&pass->clock, ACTIVITY_EVALUATE, step_row(&pass->plan, step));
    step->run(context, step);
    share_meet(context);
  }
}

static void evaluate_block(const Context *context, int t, int block, void *part) {
  evaluation_steps(context, t, block, context->pass->plan.n_forward - 1);
  if (share_is_first(context)) take_predictions(context, part);
}

static void run_thread(void *context, int t) {
  Part *part = context;
  isa_flush_denormals();
  share_blocks(part->pass, t, 0, evaluate_block, part);
}

/* Collective. Adds to the result. */
static void reduce(Pass *pass, EvaluationResult *result) {
  int64_t tail[TAIL_COUNT];
  exchange_tail(tail, &pass->work);
  dist_sum(tail, TAIL_COUNT);
  result->loss += exact_join(tail + TAIL_LOSS);
  result->correct += tail[TAIL_CORRECT];
  result->out_of_range |= tail[TAIL_OUT_OF_RANGE] != 0;
}

/* What rank 0 wants to have of each sample. */
enum { WANTS_PREDICTION = 1, WANTS_PROBABILITY = 2, WANTS_LOSS = 4 };

static int wanted_of(const EvaluationResult *result) {
  return (result->prediction ? WANTS_PREDICTION : 0) |
         (result->probability ? WANTS_PROBABILITY : 0) | (result->sample_loss ? WANTS_LOSS : 0);
}

static void gather(const Pass *pass, const Part *part, const EvaluationResult *result, int wanted,
                   size_t *counts) {
  const size_t n_classes = (size_t)pass->network->n_classes;
  const struct {
    int flag;
    const void *from;
    void *to;
    size_t size;
  } column[] = {
      {WANTS_PREDICTION, part->prediction, result->prediction, sizeof(int32_t)},
      {WANTS_PROBABILITY, part->probability, result->probability, sizeof(float) * n_classes},
      {WANTS_LOSS, part->loss, result->sample_loss, sizeof(double)},
  };
  for (size_t i = 0; i < sizeof column / sizeof *column; i++) {
    if (!(wanted & column[i].flag)) continue;
    for (int r = 0; r < dist_size(); r++)
      counts[r] =
          (size_t)(batch_first_sample(&pass->now, r + 1) - batch_first_sample(&pass->now, r)) *
          column[i].size;
    dist_gather(column[i].from, (size_t)part->n * column[i].size, column[i].to, counts);
  }
}

/* Collective. The batch in progress, whose predictions the arrays of the result begin with. */
static Status evaluate(Pass *pass, EvaluationResult *result) {
  Part part = {.pass = pass, .first = batch_first_sample(&pass->now, dist_rank())};
  part.n = batch_first_sample(&pass->now, dist_rank() + 1) - part.first;
  size_t *counts = NULL;
  Status status = part_make(&part, pass);
  if (status.code == STATUS_OK)
    status = memory_allocate(&counts, (size_t)dist_size(), sizeof *counts, "predictions");
  int wanted = wanted_of(result);
  dist_broadcast(&wanted, sizeof wanted);
  status = dist_agree(status);
  if (status.code == STATUS_OK) {
    team_run(pass->work.n_threads, run_thread, &part);
    clock_mark(&pass->clock, 0, ACTIVITY_EVALUATE, NO_ROW);
    reduce(pass, result);
    if (wanted) gather(pass, &part, result, wanted, counts);
  }
  part_free(&part);
  free(counts);
  return status;
}

/* The same arrays from sample `first` on. */
static EvaluationResult result_from(const EvaluationResult *result, size_t first,
                                    size_t n_classes) {
  EvaluationResult part = *result;
  if (part.prediction) part.prediction += first;
  if (part.probability) part.probability += first * n_classes;
  if (part.sample_loss) part.sample_loss += first;
  return part;
}

/* Collective. Batches of as many samples as in training; what is left joins the last. */
static Status evaluate_batches(Pass *pass, const ImageSet *set, const float *table,
                               EvaluationResult *result) {
  const size_t pixels = (size_t)set->c * (size_t)set->h * (size_t)set->w;
  const int n_batches = set->n < pass->batch ? 1 : set->n / pass->batch;
  for (int i = 0; i < n_batches; i++) {
    const size_t first = (size_t)i * (size_t)pass->batch;
    ImageSet batch = *set;
    batch.n = i == n_batches - 1 ? set->n - (int)first : pass->batch;
    batch.pixels += first * pixels;
    batch.labels += first;
    EvaluationResult part = result_from(result, first, (size_t)pass->network->n_classes);
    evaluation_begin(pass, &batch, table);
    pass->now.is_grouped = 1;
    result->out_of_range |= evaluation_sums(pass);
    TRY(evaluate(pass, &part));
    result->loss = part.loss;
    result->correct = part.correct;
    result->out_of_range |= part.out_of_range;
  }
  return status_ok();
}

void evaluation_begin(Pass *pass, const ImageSet *set, const float *table) {
  pass->now = (Batch){
      .set = set, .table = table, .count = set->n, .unit = batch_unit(pass->network->backend)};
  batch_cut(&pass->now, pass->work.n_threads, pass->choice.best);
}

Status pass_evaluate(Pass *pass, const ImageSet *set, const float *table, Statistics statistics,
                     EvaluationResult *result) {
  Status status;
  result->loss = 0;
  result->correct = result->out_of_range = 0;
  clock_mark(&pass->clock, 0, ACTIVITY_EVALUATE, NO_ROW);
  if (statistics == STATISTICS_BATCH && pass->network->crosses_samples) {
    status = evaluate_batches(pass, set, table, result);
  } else {
    BUG_IF(statistics == STATISTICS_POPULATION && pass->network->crosses_samples &&
           !pass->network->has_population);
    evaluation_begin(pass, set, table);
    batch_statistics_use(pass, statistics);
    status = evaluate(pass, result);
  }
  clock_mark(&pass->clock, 0, ACTIVITY_OTHER, NO_ROW);
  return status;
}
