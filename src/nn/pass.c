#include "nn/pass.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "kernels/gemm.h"
#include "kernels/isa.h"
#include "kernels/image_moments.h"
#include "moments.h"
#include <omp.h>
#include <stdlib.h>
#include <time.h>

const char *const PHASE_NAMES[PHASE_COUNT] = {"load",   "forward", "backward", "exchange",
                                              "reduce", "update",  "evaluate", "write"};

double pass_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

/* Sizes of what a thread works with. */
typedef struct Sizes {
  size_t scratch, extra, term, sums, affine, stats, piece, term_first;
} Sizes;

static void fusion_sizes(Sizes *s, const Network *network, const Op *op, const Fusion *fusion) {
  Shape out = network->shapes[op->out];
  if (fusion->by_moments) {
    s->piece = larger(s->piece, (image_moments_scratch(&op[-1].conv) + 1) / 2);
    s->sums = larger(s->sums, image_moments_count(&op[-1].conv));
  }
  s->piece = larger(s->piece, (size_t)fusion->n_channels * out.stride);
  s->piece = larger(s->piece, (size_t)fusion->pool_channels * out.stride);
  if (fusion->is_first) s->term_first = network->tensors[op->weight].n;
  if (fusion->n_rows == 0) return;
  s->piece = larger(s->piece, shape_floats(shape_make(out.c, fusion->n_rows, out.w)));
  s->term = larger(s->term, 2 * network->tensors[op[1].weight].n);
}

static Sizes sizes_of(const Network *network, const Plan *plan, int batch) {
  Sizes s = {0};
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    Shape in = network->shapes[op->in], out = network->shapes[op->out];
    s.extra = larger(s.extra, larger(shape_floats(in), shape_floats(out)));
    fusion_sizes(&s, network, op, &plan->fusion[i]);
    size_t weight = op->weight >= 0 ? network->tensors[op->weight].n : 0;
    size_t bias = op->bias >= 0 ? network->tensors[op->bias].n : 0;
    s.term = larger(s.term, weight + bias);
    s.affine = larger(s.affine, 2 * larger(weight * (op->kind == OP_NORM), bias));
    s.sums = larger(s.sums, 2 * (size_t)out.c * LANES);
    if (op->kind == OP_CONV)
      s.scratch = larger(s.scratch, network->backend->scratch_size(&op->conv));
    if (op->kind == OP_LINEAR) s.scratch = larger(s.scratch, linear_scratch_size(in, out.c));
    if (op->kind != OP_NORM) continue;
    s.sums = larger(s.sums, 2 * (size_t)op->map.n_units * LANES);
    if (op->map.crosses_samples)
      s.stats = larger(s.stats, 2 * (size_t)op->map.n_units *
                                    (size_t)norm_map_sample_groups(&op->map, batch));
  }
  return s;
}

static Status thread_make(Thread *thread, const Pass *pass, const Sizes *s) {
  size_t n_observed = (size_t)pass->n_observations * 4;
  TRY(memory_allocate(&thread->scratch, s->scratch, sizeof(float), "kernel scratch"));
  TRY(memory_allocate(&thread->extra, s->extra, sizeof(float), "kernel scratch"));
  TRY(memory_allocate(&thread->term, s->term, sizeof(float), "gradient of a block"));
  TRY(memory_allocate(&thread->sums, s->sums, sizeof(double), "sums of a block"));
  TRY(memory_allocate(&thread->observed, s->sums, sizeof(double), "observations"));
  TRY(memory_allocate(&thread->piece, 2 * s->piece, sizeof(float), "piece of an activation"));
  TRY(memory_allocate(&thread->term_first, s->term_first, sizeof(float), "gradient of a block"));
  TRY(memory_allocate(&thread->affine, s->affine, sizeof(double), "gradient of a block"));
  TRY(memory_allocate(&thread->stats, s->stats, sizeof(ExactSum), "batch statistics"));
  TRY(memory_allocate(&thread->observation, n_observed, sizeof(ExactSum), "observations"));
  TRY(memory_allocate(&thread->moments, pass->n_moments, sizeof(ExactSum), "moments of images"));
  return memory_allocate(&thread->gradient, pass->network->n_parameters, sizeof(int64_t),
                         "gradient of a thread");
}

/* Done with the norm before it or, the first convolution by moments, with the one after it. */
static int is_done_with_norm(const Pass *pass, int op) {
  if (op == 0) return pass->n_moments > 0;
  const Fusion *before = &pass->plan.fusion[op - 1];
  return before->n_rows > 0 || before->pool_channels > 0;
}

static Status steps_make(Pass *pass) {
  const Network *network = pass->network;
  TRY(memory_allocate(&pass->steps, 4 * (size_t)network->n_ops + 1, sizeof(Step), "steps"));
  int n = 0;
  for (int i = 0; i < network->n_ops; i++) {
    if (is_done_with_norm(pass, i)) continue;
    if (network->ops[i].map.crosses_samples) pass->steps[n++] = (Step){STEP_NORM_SUMS, i};
    pass->steps[n++] = (Step){STEP_FORWARD, i};
  }
  pass->n_forward = n;
  pass->steps[n++] = (Step){STEP_LOSS, -1};
  for (int i = network->n_ops - 1; i >= 0; i--) {
    if (is_done_with_norm(pass, i) || pass->plan.fusion[i].is_first) continue;
    if (network->ops[i].map.crosses_samples) {
      pass->steps[n++] = (Step){STEP_NORM_BACKWARD_SUMS, i};
      if (pass->plan.fusion[i].by_moments) continue;
      pass->steps[n++] = (Step){STEP_NORM_BACKWARD_APPLY, i};
    } else {
      pass->steps[n++] = (Step){STEP_BACKWARD, i};
    }
  }
  pass->n_steps = n;
  return status_ok();
}

static Status groups_make(Pass *pass, size_t n_stats) {
  const Network *network = pass->network;
  size_t n_norms = (size_t)network->n_norms;
  TRY(memory_allocate(&pass->group_mean, n_norms, sizeof(double *), "batch statistics"));
  TRY(memory_allocate(&pass->group_rstd, n_norms, sizeof(double *), "batch statistics"));
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    if (!op->map.crosses_samples) continue;
    size_t n = (size_t)op->map.n_units * (size_t)norm_map_sample_groups(&op->map, pass->batch);
    TRY(memory_allocate(&pass->group_mean[op->norm], n, sizeof(double), "batch statistics"));
    TRY(memory_allocate(&pass->group_rstd[op->norm], n, sizeof(double), "batch statistics"));
  }
  TRY(memory_allocate(&pass->group_d, n_stats / 2, sizeof(double), "batch statistics"));
  return memory_allocate(&pass->group_dx, n_stats / 2, sizeof(double), "batch statistics");
}

static Status slots_make(Pass *pass) {
  int n_blocks = (pass->batch + LANES - 1) / LANES, n_ranks = dist_size();
  int own = (n_blocks + n_ranks - 1) / n_ranks;
  pass->n_slots = pass->network->crosses_samples && own > pass->n_threads ? own : pass->n_threads;
  size_t n = (size_t)pass->n_slots;
  size_t floats = pass->plan.activation_floats + pass->plan.gradient_floats;
  size_t doubles = pass->plan.stats_doubles;
  TRY(memory_allocate(&pass->slots, n, sizeof(Slot), "blocks"));
  TRY(memory_allocate(&pass->arena, n * floats, sizeof(float), "activations"));
  TRY(memory_allocate(&pass->stats_arena, n * doubles, sizeof(double), "statistics of samples"));
  for (size_t i = 0; i < n; i++) {
    pass->slots[i].activation = pass->arena + i * floats;
    pass->slots[i].gradient = pass->slots[i].activation + pass->plan.activation_floats;
    pass->slots[i].stats = pass->stats_arena + i * doubles;
  }
  return status_ok();
}

static Status keys_make(Pass *pass) {
  const Network *network = pass->network;
  size_t n = (size_t)network->n_ops;
  TRY(memory_allocate(&pass->dropout_key, n, sizeof(RandomKey), "dropout keys"));
  RandomKey key = random_key(network->config->seed, RANDOM_DROPOUT);
  for (int i = 0; i < network->n_ops; i++) {
    /* By layer, and by the how manieth dropout of the layer: the same for all norms. */
    int same = 0;
    for (int j = 0; j < i; j++)
      same += network->ops[j].threshold && network->ops[j].layer == network->ops[i].layer;
    uint32_t word[4];
    random_words(word, key, (uint64_t)network->ops[i].layer, (uint64_t)same);
    pass->dropout_key[i] = (RandomKey){{word[0], word[1]}};
  }
  return status_ok();
}

/* Numbers in a step's message. */
static size_t message_size(const Pass *pass) {
  return pass->network->n_parameters + TAIL_COUNT;
}

static Status make(Pass *pass) {
  Network *network = pass->network;
  TRY(plan_make(&pass->plan, network, pass->batch));
  Sizes sizes = sizes_of(network, &pass->plan, pass->batch);
  pass->piece_floats = sizes.piece;
  pass->n_moments = moments_count(network, &pass->plan);
  TRY(steps_make(pass));
  TRY(observe_make(pass));
  TRY(slots_make(pass));
  TRY(groups_make(pass, sizes.stats));
  TRY(keys_make(pass));
  TRY(memory_allocate(&pass->moments, pass->n_moments, sizeof(double), "moments of images"));
  TRY(memory_allocate(&pass->gradient, message_size(pass), sizeof(int64_t), "gradient"));
  size_t n_work =
      2 * larger(larger(sizes.stats, pass->n_moments), 4 * (size_t)pass->n_observations);
  TRY(memory_allocate(&pass->work, n_work, sizeof(int64_t), "exchange"));
  TRY(memory_allocate(&pass->threads, (size_t)pass->n_threads, sizeof(Thread), "threads"));
  for (int t = 0; t < pass->n_threads; t++) TRY(thread_make(&pass->threads[t], pass, &sizes));
  return status_ok();
}

Status pass_make(Pass **pass, Network *network, int batch, int n_threads) {
  TRY(memory_allocate(pass, 1, sizeof **pass, "pass"));
  **pass = (Pass){.network = network, .batch = batch, .n_threads = n_threads};
  Status status = make(*pass);
  if (status.code != STATUS_OK) {
    pass_free(*pass);
    *pass = NULL;
  }
  return status;
}

Status pass_set_augment(Pass *pass, PassAugment augment) {
  Shape shape = pass->network->shapes[0];
  size_t pixels = (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
  BUG_IF(pass->augment.run);
  for (int t = 0; t < pass->n_threads; t++) {
    Thread *thread = &pass->threads[t];
    TRY(memory_allocate(&thread->images, LANES * pixels, 1, "augmented images"));
    TRY(memory_allocate(&thread->augment_scratch, augment.scratch_bytes, 1, "augmented images"));
  }
  pass->augment = augment;
  return status_ok();
}

void pass_free(Pass *pass) {
  if (!pass) return;
  for (int t = 0; pass->threads && t < pass->n_threads; t++) {
    Thread *thread = &pass->threads[t];
    void *owned[] = {thread->scratch, thread->extra,          thread->term,     thread->sums,
                     thread->piece,   thread->term_first,     thread->observed, thread->affine,
                     thread->stats,   thread->observation,    thread->gradient, thread->images,
                     thread->moments, thread->augment_scratch};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
  }
  for (int i = 0; i < pass->network->n_norms; i++) {
    if (pass->group_mean) free(pass->group_mean[i]);
    if (pass->group_rstd) free(pass->group_rstd[i]);
  }
  plan_free(&pass->plan);
  profile_free(pass->profile);
  void *owned[] = {pass->steps,      pass->slots,       pass->threads,      pass->arena,
                   pass->gradient,   pass->work,        pass->stats_arena,  pass->group_mean,
                   pass->group_rstd, pass->group_d,     pass->observations, pass->observation_of,
                   pass->group_dx,   pass->dropout_key, pass->moments};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
  free(pass);
}

/* Where time goes is read on thread 0 alone; the others do the same. */
static void lap(Pass *pass, int thread, Phase phase, double *since) {
  if (thread != 0) return;
  double now = pass_clock();
  pass->seconds[phase] += now - *since;
  *since = now;
}

static void run_block(Pass *pass, Thread *thread, Slot *slot, int block, int from, int to,
                      int thread_number, double *clock) {
  if (from == 0) {
    if (thread_number == 0) pass_mark(pass, PHASE_LOAD, -1);
    step_load(pass, thread, slot, block);
    lap(pass, thread_number, PHASE_LOAD, clock);
    if (is_recording(pass)) profile_record(pass, thread_number, ACTIVITY_LOAD, NO_OP);
  }
  for (int s = from; s < to; s++) {
    const Step *step = &pass->steps[s];
    if (thread_number == 0)
      pass_mark(pass, s <= pass->n_forward ? PHASE_FORWARD : PHASE_BACKWARD,
                step->op >= 0 ? pass->network->ops[step->op].layer : -1);
    step_run(pass, thread, slot, &pass->steps[s]);
    if (is_recording(pass)) profile_record_step(pass, thread_number, &pass->steps[s]);
    if (pass->steps[s].kind == STEP_LOSS) lap(pass, thread_number, PHASE_FORWARD, clock);
  }
  lap(pass, thread_number,
      from > pass->n_forward || to > pass->n_forward + 1 ? PHASE_BACKWARD : PHASE_FORWARD, clock);
}

static int ends_segment(const Step *step) {
  return step->kind == STEP_NORM_SUMS || step->kind == STEP_NORM_BACKWARD_SUMS;
}

/* The whole batch by one thread of a team: segments of steps over its blocks, and at their ends the
 * exchange by thread 0. */
static void run_batch(Pass *pass, int t) {
  Thread *thread = &pass->threads[t];
  int n_own = pass->last_block - pass->first_block;
  int begin = pass->first_block + part_begin(n_own, t, pass->n_threads);
  int end = pass->first_block + part_begin(n_own, t + 1, pass->n_threads);
  double clock = pass_clock();
  for (int from = 0, to; from < pass->n_steps; from = to) {
    for (to = from; to < pass->n_steps && !ends_segment(&pass->steps[to]);) to++;
    int is_exchange = to < pass->n_steps;
    if (is_exchange) to++;
    for (int block = begin; block < end; block++) {
      int own_slot = pass->network->crosses_samples ? block - pass->first_block : t;
      run_block(pass, thread, &pass->slots[own_slot], block, from, to, t, &clock);
    }
    if (!is_exchange) continue;
    const Step *step = &pass->steps[to - 1];
    if (t == 0) pass_mark(pass, PHASE_EXCHANGE, pass->network->ops[pass->steps[to - 1].op].layer);
#pragma omp barrier
    if (t == 0) {
      const Op *op = &pass->network->ops[step->op];
      if (is_recording(pass)) profile_record(pass, t, ACTIVITY_WAIT_THREADS, step->op);
      if (step->kind == STEP_NORM_SUMS)
        exchange_forward(pass, op);
      else
        exchange_backward(pass, op);
      if (is_recording(pass)) profile_record(pass, t, ACTIVITY_COMBINE, step->op);
    }
#pragma omp barrier
    if (is_recording(pass)) profile_record(pass, t, ACTIVITY_WAIT_THREADS, step->op);
    lap(pass, t, PHASE_EXCHANGE, &clock);
  }
}

/* Adds the threads' gradients up, each thread a part of the parameters. */
static void add_threads(Pass *pass, int t) {
  int n = (int)pass->network->n_parameters;
  int begin = part_begin(n, t, pass->n_threads), end = part_begin(n, t + 1, pass->n_threads);
  for (int i = begin; i < end; i++) {
    int64_t sum = 0;
    for (int k = 0; k < pass->n_threads; k++) {
      sum += pass->threads[k].gradient[i];
      pass->threads[k].gradient[i] = 0;
    }
    pass->gradient[i] = sum;
  }
}

static void reduce(Pass *pass, int want_stop, StepResult *result) {
  ExactSum loss = 0;
  int64_t *tail = pass->gradient + pass->network->n_parameters;
  for (int i = 0; i < TAIL_COUNT; i++) tail[i] = 0;
  for (int t = 0; t < pass->n_threads; t++) {
    Thread *thread = &pass->threads[t];
    loss += thread->loss;
    tail[TAIL_CORRECT] += thread->correct;
    tail[TAIL_OUT_OF_RANGE] += thread->out_of_range;
    thread->loss = 0, thread->correct = 0, thread->out_of_range = 0;
  }
  exact_split(tail + TAIL_LOSS, loss);
  tail[TAIL_STOP] = want_stop != 0;
  if (is_recording(pass)) {
    profile_record(pass, 0, ACTIVITY_COMBINE, NO_OP);
    profile_meet(pass, NO_OP);
  }
  dist_sum(pass->gradient, message_size(pass));
  if (is_recording(pass)) profile_record(pass, 0, ACTIVITY_COMMUNICATE, NO_OP);
  if (pass->n_moments > 0) tail[TAIL_OUT_OF_RANGE] += moments_finish(pass);
  *result = (StepResult){.loss = exact_join(tail + TAIL_LOSS),
                         .correct = tail[TAIL_CORRECT],
                         .n_samples = pass->count,
                         .out_of_range = tail[TAIL_OUT_OF_RANGE] != 0,
                         .stop = tail[TAIL_STOP] != 0};
}

void pass_train(Pass *pass, const ImageSet *set, const float *table, const uint32_t *index,
                int count, uint64_t step, int want_stop, int observe, StepResult *result) {
  pass->set = set, pass->table = table, pass->index = index;
  pass->count = count, pass->step = step;
  pass->is_training = 1, pass->is_observing = observe;
  pass->n_blocks = (count + LANES - 1) / LANES;
  pass->first_block = part_begin(pass->n_blocks, dist_rank(), dist_size());
  pass->last_block = part_begin(pass->n_blocks, dist_rank() + 1, dist_size());
  pass->term_limit = exact_term_limit(EXACT_SUM_RANGE, (uint64_t)count);
  pass->gradient_limit = exact_term_limit(EXACT_GRADIENT_RANGE, (uint64_t)pass->n_blocks);
  if (is_recording(pass)) profile_begin(pass, 0);
#pragma omp parallel num_threads(pass->n_threads)
  {
    isa_flush_denormals();
    int t = omp_get_thread_num();
    BUG_IF(omp_get_num_threads() != pass->n_threads);
    if (is_recording(pass) && t > 0) profile_begin(pass, t);
    run_batch(pass, t);
#pragma omp barrier
    if (is_recording(pass)) profile_record(pass, t, ACTIVITY_WAIT_THREADS, NO_OP);
    add_threads(pass, t);
    if (is_recording(pass)) profile_record(pass, t, ACTIVITY_COMBINE, NO_OP);
  }
  double clock = pass_clock();
  pass_mark(pass, PHASE_REDUCE, -1);
  reduce(pass, want_stop, result);
  if (observe) observe_finish(pass);
  if (is_recording(pass)) profile_record(pass, 0, ACTIVITY_COMBINE, NO_OP);
  lap(pass, 0, PHASE_REDUCE, &clock);
}

const int64_t *pass_gradient(const Pass *pass) {
  return pass->gradient;
}

const Observation *pass_observations(const Pass *pass, int *n) {
  *n = pass->n_observations;
  return pass->observations;
}

int pass_threads(const Pass *pass) {
  return pass->n_threads;
}

double *pass_seconds(Pass *pass) {
  return pass->seconds;
}
