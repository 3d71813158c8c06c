#ifndef NORMLAB_NN_RUN_WORKSPACE_H
#define NORMLAB_NN_RUN_WORKSPACE_H
/* The memory of a pass: a slot for each block in flight, and what each thread works with. All of it
 * is planned before the first step. */
#include "base/exact.h"
#include "op.h"

/* A block in flight. */
typedef struct Slot {
  float *activation; /* all activations of the block, at the plan's places */
  float *gradient;   /* their gradients, likewise */
  double *kept;      /* what operations keep until their backward pass, likewise */
  uint8_t label[LANES];
  uint32_t lane[LANES]; /* sample numbers */
  int first, n_valid;   /* position in the batch, samples */
} Slot;

typedef struct Thread {
  float *scratch, *extra, *term, *term_first; /* as Sizes */
  float *piece;                               /* two pieces */
  double *sums, *observed;                    /* Sizes.sums each */
  double *affine;
  int64_t *gradient;     /* [n_parameters] */
  ExactSum *exchange;    /* sums in exchange between blocks: [sample group][unit][2] for a norm */
  ExactSum *observation; /* [n_observations][4] */
  ExactSum loss;
  int64_t correct;
  int out_of_range;
  uint8_t *images;       /* with augmentation: the block's, [16][c][h][w] */
  void *augment_scratch; /* of PassAugment */
} Thread;

typedef struct Workspace {
  Sizes sizes;
  int n_slots, n_threads;
  Slot *slots;     /* [n_slots] */
  Thread *threads; /* [n_threads] */
  float *arena;
  double *kept_arena;
} Workspace;

/* floats and doubles: what a slot needs. */
Status workspace_make(Workspace *work, Sizes sizes, int n_threads, int n_slots,
                      size_t activation_floats, size_t gradient_floats,
                      size_t kept_doubles) MUST_CHECK;
/* What depends on the network's parameters and observations. */
Status workspace_make_sums(Workspace *work, size_t n_parameters, size_t n_observed) MUST_CHECK;
Status workspace_make_images(Workspace *work, size_t image_bytes, size_t scratch_bytes) MUST_CHECK;
void workspace_free(Workspace *work);

#endif
