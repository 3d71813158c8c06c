#ifndef NORMLAB_NN_STEPS_STEP_H
#define NORMLAB_NN_STEPS_STEP_H
/* What is done with a block, in order: forward, the loss, backward. Executor and profile know
 * nothing of what a step does. */
#include "../op.h"
#include "nn/pass.h"

typedef struct NormGroup NormGroup; /* norm_group.h */
typedef struct Step Step;

struct Step {
  /* One block, by the thread that owns it. */
  void (*run)(const Context *context, const Step *step);
  /* By one thread after all blocks of all threads and before the next step; it may be collective.
   * NULL: blocks go on by themselves. In evaluation a step with an exchange is left out. */
  void (*exchange)(Pass *pass, const Step *step);
  /* By one thread, on the gradient when it has been summed over the ranks. Returns 1 if a value is
   * out of range. NULL for most. */
  int (*finish)(Pass *pass, const Step *step);
  Activity activity;
  const Op *op;           /* to which the step's time goes; NULL: the loss */
  const NormGroup *group; /* of a norm and its neighbours, or NULL */
  int first, n_made;      /* forward: the operations whose outputs it makes */
  /* Appends what is done, for tables; NULL: the operation's name. */
  void (*name)(const Network *network, const Step *step, char *text, size_t bytes);
};

typedef struct StepList {
  Step *steps;
  int n;
} StepList;

static inline void step_append(StepList *list, Step step) {
  list->steps[list->n++] = step;
}

typedef struct Plan {
  StepList list;
  int n_forward; /* the first n_forward steps are all that evaluation needs; then comes the loss */
  NormGroup *groups;
  int n_groups;
  int *row_of;       /* [n_ops]: the profile's row of the step whose time goes to it, or -1 */
  int *row_layers;   /* [n_rows] */
  const Step **rows; /* [n_rows]: the forward step that names the row */
  int n_rows;
  size_t *activation, *gradient; /* places in floats, by activation */
  size_t *kept;                  /* places in doubles, by operation */
  int *first_writer;             /* by activation: the operation that writes its gradient first */
  size_t activation_floats, gradient_floats, kept_doubles;
  size_t n_moments; /* of the images, if some step wants them */
  Sizes sizes;
} Plan;

static inline int step_row(const Plan *plan, const Step *step) {
  return step->op ? plan->row_of[step->op->number] : -1;
}

#endif
