#include "trouble.h"

#include "dist/dist.h"
#include "nn/pass.h"

#include <stdio.h>

int trouble_of_op(const Pass *pass, int op) {
  return pass->plan.list.n + op;
}

/* The least of what the ranks have. Sums are all that there is, and this is not in any hurry. */
static int least(int own, int end) {
  int low = 0, high = end;
  while (low < high) {
    const int middle = (low + high) / 2;
    int64_t n_ranks = own <= middle;
    dist_sum(&n_ranks, 1);
    if (n_ranks > 0)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

int trouble_first(Pass *pass, int own) {
  const int end = pass->plan.list.n + pass->network->n_ops;
  int first = own >= 0 ? own : end;
  for (int t = 0; t < pass->work.n_threads; t++) {
    Thread *thread = &pass->work.threads[t];
    if (thread->trouble > 0 && thread->trouble - 1 < first) first = thread->trouble - 1;
    thread->trouble = 0;
  }
  return least(first, end);
}

void pass_trouble_text(const Pass *pass, const StepResult *result, char text[PASS_TROUBLE_TEXT]) {
  const int n_steps = pass->plan.list.n, place = result->trouble;
  const Step *step = place < n_steps ? &pass->plan.list.steps[place] : NULL;
  const Op *op = step ? step->op : NULL;
  if (place >= n_steps && place < n_steps + pass->network->n_ops)
    op = &pass->network->ops[place - n_steps];
  char name[OBSERVATION_NAME];
  if (!op) {
    snprintf(text, PASS_TROUBLE_TEXT, "the loss");
    return;
  }
  layer_name(name, pass->network, op);
  snprintf(text, PASS_TROUBLE_TEXT, "%s of layer %s",
           step && step->activity == ACTIVITY_FORWARD ? "a statistic" : "the gradient", name);
}
