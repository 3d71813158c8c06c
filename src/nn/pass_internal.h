#ifndef NORMLAB_NN_PASS_INTERNAL_H
#define NORMLAB_NN_PASS_INTERNAL_H
#include "base/exact.h"
#include "base/random.h"
#include "nn/pass.h"
#include "nn/profile.h"

/* What is done with a block, in order. A norm that crosses samples is two steps a direction, with
 * an exchange between them. */
typedef enum StepKind {
  STEP_FORWARD,
  STEP_NORM_SUMS, /* ends a segment */
  STEP_LOSS,
  STEP_BACKWARD,
  STEP_NORM_BACKWARD_SUMS, /* ends a segment */
  STEP_NORM_BACKWARD_APPLY
} StepKind;

typedef struct Step {
  StepKind kind;
  int op;
} Step;

/* A block in flight. */
typedef struct Slot {
  float *activation; /* all activations of the block, at plan.activation[] */
  float *gradient;   /* their gradients, at plan.gradient[] */
  double *stats;     /* mean and rstd [U][16] of each norm, at plan.stats[] */
  uint8_t label[LANES];
  uint32_t lane[LANES]; /* sample numbers */
  int first, n_valid;   /* position in the batch, samples */
} Slot;

typedef struct Thread {
  float *scratch;    /* of the kernels */
  float *extra;      /* one activation or gradient that does not stay */
  float *term;       /* weight gradient of a block; where operations are fused, twice */
  float *term_first; /* of the first convolution, where it is fused */
  float *piece;      /* two pieces of an activation (fusion.h) */
  double *sums;      /* 2 x [largest U][16] */
  double *observed;  /* the same */
  double *affine;    /* 2 x largest gamma */
  int64_t *gradient;
  ExactSum *stats;       /* sums of the norm in exchange: [sample group][channel][2] */
  ExactSum *observation; /* [n_observations][4] */
  ExactSum *moments;     /* [n_moments] */
  ExactSum loss;
  int64_t correct;
  int out_of_range;
  uint8_t *images;       /* with augmentation: the block's, [16][c][h][w] */
  void *augment_scratch; /* of PassAugment */
} Thread;

/* How an operation is done together with its neighbours (fusion.h). */
typedef struct Fusion {
  int n_rows, n_channels; /* of a piece; 0: nothing is fused. A convolution before a norm has
                             n_channels only, a norm before a 1x1 convolution both */
  int is_first;      /* of such a convolution: it reads the images, and only the norm reads it */
  int is_local;      /* of such a norm: channels of different pieces share no statistics */
  int pool_channels; /* of a norm before a pool: so many at a time; 0: not fused */
  int by_moments;    /* of such a norm: no sums of its input, and no second half (moments.h) */
} Fusion;

typedef struct Plan {
  Fusion *fusion;                /* by operation */
  size_t *activation, *gradient; /* offsets in floats, by activation */
  int *first_writer;             /* by activation: the operation that writes its gradient first */
  size_t *stats;                 /* offsets in doubles, by norm */
  size_t activation_floats, gradient_floats, stats_doubles;
} Plan;

typedef struct Profile Profile;

enum { TAIL_LOSS, TAIL_CORRECT = TAIL_LOSS + 2, TAIL_OUT_OF_RANGE, TAIL_STOP, TAIL_COUNT };

struct Pass {
  Network *network;
  int n_threads, batch;
  Plan plan;
  Step *steps;
  int n_steps, n_forward; /* the first n_forward steps are all that evaluation needs */
  Slot *slots;
  int n_slots;
  size_t piece_floats; /* of the largest piece */
  Thread *threads;
  float *arena;
  double *stats_arena;

  int64_t *gradient; /* [n_parameters + TAIL_COUNT]: what is added up over the ranks */
  double *moments;   /* [n_moments], of the batch */
  size_t n_moments;
  int64_t *work;
  /* Of the norms that cross samples, by norm: mean, rstd and the two means of the backward pass,
   * [sample group][channel]; in evaluation group 0 has the running statistics. */
  double **group_mean, **group_rstd, *group_d, *group_dx;
  Observation *observations;
  int *observation_of; /* by operation, -1: none */
  int n_observations, is_observing;

  PassAugment augment; /* run: NULL if there is none */

  /* The batch in progress. */
  RandomKey *dropout_key; /* by operation */
  const ImageSet *set;
  const float *table;
  const uint32_t *index; /* NULL: position = sample number */
  int count, is_training, n_blocks, first_block, last_block;
  uint64_t step;
  double term_limit, gradient_limit;
  double seconds[PHASE_COUNT];
  Profile *profile; /* NULL unless asked for */
  PassSign *sign;
  uint32_t n_marks;
};

/* The part of 0 .. n that belongs to part i of n_parts: contiguous, sizes differ by at most 1. */
static inline int part_begin(int n, int i, int n_parts) {
  return (int)((int64_t)n * i / n_parts);
}

Status plan_make(Plan *plan, const Network *network, int batch) MUST_CHECK;
void plan_free(Plan *plan);

static inline float *activation_of(const Pass *pass, const Slot *slot, int number) {
  return slot->activation + pass->plan.activation[number];
}
static inline float *gradient_of(const Pass *pass, const Slot *slot, int number) {
  return slot->gradient + pass->plan.gradient[number];
}
static inline const float *parameter_of(const Pass *pass, int tensor) {
  if (tensor < 0) return NULL;
  return pass->network->parameters + pass->network->tensors[tensor].offset;
}
static inline double *stats_mean(const Pass *pass, const Slot *slot, const Op *op) {
  return slot->stats + pass->plan.stats[op->norm];
}
static inline double *stats_rstd(const Pass *pass, const Slot *slot, const Op *op) {
  return stats_mean(pass, slot, op) + (size_t)op->map.n_units * LANES;
}
/* The operation's dropout in this step, or NULL. */
const Dropout *step_dropout(const Pass *pass, const Slot *slot, const Op *op, Dropout *place);
/* A band of a norm as its kernels take it; its statistics are in the slot. */
NormCall step_norm_call(const Pass *pass, const Slot *slot, const Op *norm, Band band,
                        Dropout *place);
/* From sums over units to means over their groups, in place, lane by lane: units first .. last - 1,
 * which are whole groups. */
void step_own_means(const NormMap *map, double *sum, int first, int last);
/* Adds a block's gradient of a tensor to the thread's. */
void step_add_floats(Pass *pass, Thread *thread, int tensor, const float *term);
void step_add_doubles(Pass *pass, Thread *thread, int tensor, const double *term);

/* One step of one block. EVALUATION: see Pass.is_training. */
void step_run(Pass *pass, Thread *thread, Slot *slot, const Step *step);
void step_load(Pass *pass, Thread *thread, Slot *slot, int block);

/* By one thread, all others waiting: adds up the threads' sums of the norm in exchange, exchanges
 * them and computes the statistics. */
void exchange_forward(Pass *pass, const Op *op);
void exchange_backward(Pass *pass, const Op *op);
/* Adds a block's lane sums to the thread's: a and b are [U][16]. */
void exchange_add(const Pass *pass, Thread *thread, const Slot *slot, const Op *op, const double *a,
                  const double *b);
/* [U][16] from the groups of the batch. */
void exchange_expand(const Pass *pass, const Slot *slot, const Op *op, double *unit,
                     const double *group);
void exchange_use_running(Pass *pass);
double norm_rstd(const Network *network, double variance);

/* profile.c: what a thread did since its last mark; only while recording. */
void profile_begin(Pass *pass, int thread);
void profile_record(Pass *pass, int thread, Activity activity, int op);
void profile_record_step(Pass *pass, int thread, const Step *step);
/* Collective. Waits for all ranks. */
void profile_meet(Pass *pass, int op);
int profile_is_on(const Pass *pass);
void profile_free(Profile *profile);
static inline int is_recording(const Pass *pass) {
  return pass->profile && profile_is_on(pass);
}

Status observe_make(Pass *pass) MUST_CHECK;
void observe_forward(Pass *pass, Thread *thread, const Slot *slot, const Op *op);
void observe_finish(Pass *pass);

#endif
