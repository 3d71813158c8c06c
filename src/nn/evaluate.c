#include "base/log.h"
#include "base/memory.h"
#include "dist/dist.h"
#include "kernels/isa.h"
#include "kernels/loss.h"
#include "pass_internal.h"
#include <omp.h>
#include <stdlib.h>

/* This rank's part of the predictions. */
typedef struct Part {
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

static void evaluate_block(Pass *pass, Thread *thread, Slot *slot, int block, Part *part) {
  const Network *network = pass->network;
  int n_classes = network->n_classes;
  double loss[LANES];
  int32_t prediction[LANES];
  step_load(pass, thread, slot, block);
  for (int s = 0; s < pass->n_forward; s++) {
    const Step *step = &pass->steps[s];
    if (step->kind != STEP_FORWARD) continue;
    if (thread == pass->threads) pass_mark(pass, PHASE_EVALUATE, network->ops[step->op].layer);
    step_run(pass, thread, slot, step);
  }
  size_t place = (size_t)(slot->first - part->first);
  const float *z = slot->activation + pass->plan.activation[network->n_activations - 1];
  /* extra holds the probabilities of all lanes: the last ones may be beyond the set. */
  nll_loss(loss, prediction, thread->extra, NULL, z, slot->label, slot->n_valid, n_classes);
  for (int l = 0; l < slot->n_valid; l++) {
    part->prediction[place + (size_t)l] = prediction[l];
    part->loss[place + (size_t)l] = loss[l];
    thread->out_of_range |= exact_add(&thread->loss, loss[l], pass->term_limit);
    thread->correct += prediction[l] == slot->label[l];
    for (int k = 0; k < n_classes; k++)
      part->probability[(place + (size_t)l) * (size_t)n_classes + (size_t)k] =
          thread->extra[l * n_classes + k];
  }
}

static void run(Pass *pass, Part *part) {
#pragma omp parallel num_threads(pass->n_threads)
  {
    isa_flush_denormals();
    int t = omp_get_thread_num(), n_own = pass->last_block - pass->first_block;
    BUG_IF(omp_get_num_threads() != pass->n_threads);
    int begin = pass->first_block + part_begin(n_own, t, pass->n_threads);
    int end = pass->first_block + part_begin(n_own, t + 1, pass->n_threads);
    for (int block = begin; block < end; block++)
      evaluate_block(pass, &pass->threads[t], &pass->slots[t], block, part);
  }
}

static void reduce(Pass *pass, EvaluationResult *result) {
  ExactSum loss = 0;
  int64_t tail[TAIL_COUNT] = {0};
  for (int t = 0; t < pass->n_threads; t++) {
    Thread *thread = &pass->threads[t];
    loss += thread->loss;
    tail[TAIL_CORRECT] += thread->correct;
    tail[TAIL_OUT_OF_RANGE] += thread->out_of_range;
    thread->loss = 0, thread->correct = 0, thread->out_of_range = 0;
  }
  exact_split(tail + TAIL_LOSS, loss);
  dist_sum(tail, TAIL_COUNT);
  result->loss = exact_join(tail + TAIL_LOSS);
  result->correct = tail[TAIL_CORRECT];
  result->out_of_range = tail[TAIL_OUT_OF_RANGE] != 0;
}

/* Samples of rank r: those of its blocks. */
static int first_sample(const Pass *pass, int r) {
  int sample = part_begin(pass->n_blocks, r, dist_size()) * LANES;
  return sample < pass->count ? sample : pass->count;
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
      counts[r] = (size_t)(first_sample(pass, r + 1) - first_sample(pass, r)) * column[i].size;
    dist_gather(column[i].from, (size_t)part->n * column[i].size, column[i].to, counts);
  }
}

Status pass_evaluate(Pass *pass, const ImageSet *set, const float *table,
                     EvaluationResult *result) {
  double clock = pass_clock();
  pass->set = set, pass->table = table, pass->index = NULL;
  pass->count = set->n, pass->is_training = 0, pass->is_observing = 0;
  pass->n_blocks = (set->n + LANES - 1) / LANES;
  pass->first_block = part_begin(pass->n_blocks, dist_rank(), dist_size());
  pass->last_block = part_begin(pass->n_blocks, dist_rank() + 1, dist_size());
  pass->term_limit = exact_term_limit(EXACT_SUM_RANGE, (uint64_t)set->n);
  exchange_use_running(pass);
  Part part = {.first = first_sample(pass, dist_rank())};
  part.n = first_sample(pass, dist_rank() + 1) - part.first;
  size_t *counts = NULL;
  Status status = part_make(&part, pass);
  if (status.code == STATUS_OK)
    status = memory_allocate(&counts, (size_t)dist_size(), sizeof *counts, "predictions");
  int wanted = result->prediction && result->probability && result->sample_loss;
  dist_broadcast(&wanted, sizeof wanted);
  status = dist_agree(status);
  if (status.code == STATUS_OK) {
    run(pass, &part);
    pass_mark(pass, PHASE_EVALUATE, -1);
    reduce(pass, result);
    if (wanted) gather(pass, &part, result, counts);
  }
  part_free(&part);
  free(counts);
  pass->seconds[PHASE_EVALUATE] += pass_clock() - clock;
  return status;
}
