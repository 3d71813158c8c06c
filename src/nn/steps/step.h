#ifndef NORMLAB_NN_STEPS_STEP_H
#define NORMLAB_NN_STEPS_STEP_H
/* Steps: what is done with a block, in order: forward, the loss, backward. The code that runs the
 * steps, and the profile, know nothing of what a step does. */
#include "../op.h"
#include "nn/pass.h"

typedef struct NormGroup NormGroup; /* norm_group.h */
typedef struct Step Step;

struct Step {
  /* Does the step for one block. The thread that owns the block calls it. */
  void (*run)(const Context *context, const Step *step);
  /* Exchanges sums. One thread calls it after all threads have done all their blocks, and before
   * the next step; it may be collective. NULL: blocks go on by themselves. In evaluation a step
   * with an exchange is left out. */
  void (*exchange)(Pass *pass, const Step *step);
  /* Returns how many of each thread's exact sums are added up before exchange() is called. */
  size_t (*n_exchanged)(const Pass *pass, const Step *step);
  /* Writes n_exchanged() sums of this rank to the end of the message with the gradient, which
   * saves an exchange where nothing before finish() needs them. One thread calls it, after the sums
   * of all threads have been added up in those of the first, which become 0. NULL for most steps.
   */
  void (*send)(Pass *pass, const Step *step);
  /* Works on the gradient after it has been summed over the ranks. One thread calls it. Returns
   * 1 if a value is out of range. NULL for most steps. */
  int (*finish)(Pass *pass, const Step *step);
  Activity activity;
  const Op *op;           /* the operation that the step's time goes to; NULL: the loss */
  const NormGroup *group; /* the group of a norm and its neighbours, or NULL */
  int first, n_made;      /* forward: the first of the operations whose outputs it makes, and
                             their number */
  /* Appends a name for what is done, for tables; NULL: the operation's name is taken. */
  void (*name)(const Network *network, const Step *step, char *text, size_t bytes);
};

typedef struct StepList {
  Step *steps;
  int n;
} StepList;

/* Appends a step to a list, which must have room for it. */
static inline void step_append(StepList *list, Step step) {
  list->steps[list->n++] = step;
}

/* Where an activation or a gradient begins, in floats: in the slot of its block, or, if it is
 * needed between two exchanges only, in the temporary memory of the thread. */
typedef struct Place {
  size_t at;
  int is_temporary;
} Place;

/* The steps of a network, and where a block has its arrays. */
typedef struct Plan {
  StepList list;
  int n_forward; /* the first n_forward steps are all that evaluation needs; the loss comes after
                    them */
  NormGroup *groups;
  int n_groups;
  int *row_of;       /* [n_ops]: the profile's row of the step that the operation's time goes to,
                        or -1 */
  int *row_layers;   /* [n_rows]: the layer of each row */
  const Step **rows; /* [n_rows]: the forward step that names the row */
  int n_rows;
  Place *activation, *gradient; /* by activation: its place, and that of its gradient */
  size_t *kept;      /* by operation: where its kept values begin in a slot, in doubles */
  int *first_writer; /* by activation: the operation that writes its gradient first */
  size_t slot_floats, kept_doubles; /* of a slot */
  size_t n_moments;  /* the number of moments of the images, if some step wants them */
  size_t n_products; /* the number of doubles that it computes from them */
  Sizes sizes;
} Plan;

/* Returns the profile's row of a step, or -1. */
static inline int step_row(const Plan *plan, const Step *step) {
  return step->op ? plan->row_of[step->op->number] : -1;
}

#endif
