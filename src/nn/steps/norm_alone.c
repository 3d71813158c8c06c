#include "classes.h"
#include "norm_apply.h"
#include "parts.h"

/* Whether the norm's output is made again in the backward pass rather than kept: a norm that
 * crosses samples keeps what it keeps for all blocks, which then wait in the last-level cache or in
 * memory. */
static int is_again(const NormGroup *group, const Network *network, const int *n_readers) {
  const Op *norm = group->norm, *next = norm + 1;
  if (!group->map->crosses_samples) return 0;
  if (next == network->ops + network->n_ops || next->in != norm->out) return 0;
  if (next->kind == norm->kind || next->in2 >= 0 || next->kind->forgets_input) return 0;
  return n_readers[norm->out] == 1 && shape_bytes(op_out(network, norm)) >= AGAIN_BYTES;
}

/* The norm's output is stored as a whole. */
static int fits(NormGroup *group, const Network *network, const int *n_readers) {
  group->after = NULL;
  group->is_again = is_again(group, network, n_readers);
  return 1;
}

static void forward(const Context *context, const NormGroup *group) {
  norm_make(context, group->norm, norm_forward);
}

static void backward(const Context *context, const NormGroup *group, double *sum_d,
                     double *sum_dx) {
  const Op *norm = group->norm;
  const Band own = norm_group_share(context, group);
  const size_t begin = band_begin(own, shape_of(context, norm->out));
  Dropout place;
  const NormCall call = norm_call(context, norm, own, &place);
  const NormGradient gradient = norm_gradient(context, norm, sum_d, sum_dx);
  float *dy = gradient_of(context, norm->out) + begin;
  if (band_is_empty(own)) return;
  norm_backward_sums(group->by_moments ? dy : NULL, &gradient, dy,
                     activation_of(context, norm->in) + begin, &call);
  if (group->by_moments) first_weights(context, group, own, dy);
}

const NormTail NORM_ALONE = {.fits = fits, .forward = forward, .backward = backward};
