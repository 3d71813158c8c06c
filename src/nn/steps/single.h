#ifndef NORMLAB_NN_STEPS_SINGLE_H
#define NORMLAB_NN_STEPS_SINGLE_H
#include "step.h"

/* Append the steps of an operation that is done by itself, forward or backward. */
void single_forward(const Op *op, StepList *list);
void single_backward(const Op *op, StepList *list);

/* Appends the step that computes the loss of the network's output, and its gradient. */
void loss_append(StepList *list);

#endif
