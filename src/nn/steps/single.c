#include "single.h"

#include "gradient.h"
#include "kernels/loss.h"

static void forward(const Context *context, const Step *step) {
  step->op->kind->forward(context, step->op);
}

static void backward_side(const Context *context, const Op *op, int side) {
  const int in = side ? op->in2 : op->in;
  const Band band = op->kind->backward(context, op, side, gradient_place(context, op, in));
  gradient_written(context, op, in, band);
}

/* Side 0 last: its gradient may take the place of that of the output. */
static void backward(const Context *context, const Step *step) {
  if (step->op->in2 > 0) backward_side(context, step->op, 1);
  backward_side(context, step->op, 0);
}

void single_forward(const Op *op, StepList *list) {
  step_append(list, (Step){.run = forward,
                           .op = op,
                           .activity = ACTIVITY_FORWARD,
                           .first = op->number,
                           .n_made = 1});
}

void single_backward(const Op *op, StepList *list) {
  step_append(list, (Step){.run = backward, .op = op, .activity = ACTIVITY_BACKWARD});
}

static void loss(const Context *context, const Step *step) {
  const Network *network = context->pass->network;
  const Slot *slot = context->slot;
  Thread *thread = context->thread;
  int last = network->n_activations - 1;
  double sample_loss[LANES];
  int32_t prediction[LANES];
  (void)step;
  if (!share_is_first(context)) return;
  smoothed_loss(sample_loss, prediction, gradient_of(context, last), activation_of(context, last),
                slot->label, network->config->training.label_smoothing, slot->n_valid,
                network->n_classes);
  for (int l = 0; l < slot->n_valid; l++) {
    add_exactly(context, &thread->loss, sample_loss[l]);
    thread->correct += prediction[l] == slot->label[l];
  }
}

void loss_append(StepList *list) {
  step_append(list, (Step){.run = loss, .activity = ACTIVITY_LOSS});
}
