#ifndef NORMLAB_NN_RUN_WORKSPACE_H
#define NORMLAB_NN_RUN_WORKSPACE_H
/* The memory of a pass: a slot for each block that is in memory at once, and what each thread
 * works with. All of it is planned before the first step. Not collective. */
#include "base/exact.h"
#include "crew.h"
#include "op.h"

/* A block in memory. What one thread writes lies in cache lines of its own, here and below. */
typedef struct Slot {
  /* Activations of the block and their gradients, where the plan puts them. */
  _Alignas(64) float *arrays;
  double *kept; /* what operations keep until their backward pass, likewise */
  uint8_t label[LANES];
  uint32_t lane[LANES]; /* the number of each sample in its set */
  int first, n_valid;   /* the first sample's position in the batch; the number of samples */
} Slot;

/* What one thread works with. */
typedef struct Thread {
  _Alignas(64) float *scratch, *extra; /* their sizes are those in Sizes */
  float *piece;                        /* [2][Sizes.piece] */
  double *sums, *observed;             /* [Sizes.sums] each; a crew has those of its first thread */
  float *temporary;      /* activations and gradients of its block, where the plan puts them; of a
                       crew, those of its first thread */
  int64_t *gradient;     /* [n_parameters] */
  ExactSum *exchange;    /* the sums that blocks exchange: [sample group][group][2] for a norm */
  ExactSum *observation; /* [n_observations][4] */
  ExactSum loss;
  int64_t correct;
  int out_of_range; /* 1: a term was, in a step that trouble_note() has not seen yet */
  int trouble;      /* 1 + the place where a term first was out of range (trouble.h); 0: none */
  uint8_t *images;  /* [16][c][h][w]: the block's images, if there is augmentation */
  void *augment_scratch; /* the scratch memory of PassAugment */
} Thread;

typedef struct Workspace {
  Sizes sizes;
  int n_slots, n_threads;
  Slot *slots;     /* [n_slots] */
  Thread *threads; /* [n_threads] */
  Crew *crews;     /* [n_threads]: each is used by the crew whose first thread has its number */
  float *arena;
  double *kept_arena;
} Workspace;

/* What a workspace is made for. */
typedef struct WorkspaceShape {
  Sizes sizes;
  int n_slots, n_threads;
  size_t slot_floats, kept_doubles; /* of one slot */
  size_t n_parameters, n_observed;  /* gradients and observed sums of each thread */
} WorkspaceShape;

/* Makes the slots and the threads' memory, all zero; each thread writes its own first, so that it
 * lies near it. Returns STATUS_MEMORY. The caller calls
 * workspace_free(), also after a failure. */
Status workspace_make(Workspace *work, const WorkspaceShape *shape) MUST_CHECK;
/* Returns the bytes that this takes. */
size_t workspace_bytes(const WorkspaceShape *shape);
/* Makes each thread's memory for augmented images of image_bytes, and scratch_bytes of scratch
 * memory. Returns STATUS_MEMORY. */
Status workspace_make_images(Workspace *work, size_t image_bytes, size_t scratch_bytes) MUST_CHECK;
/* Returns the bytes that this takes. */
size_t workspace_image_bytes(int n_threads, size_t image_bytes, size_t scratch_bytes);
void workspace_free(Workspace *work);

#endif
