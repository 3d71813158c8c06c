#include "classes.h"

/* The norm's output is stored as a whole. */
static int fits(NormGroup *group, const Network *network, const int *n_readers) {
  (void)network, (void)n_readers;
  group->after = NULL;
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
  if (band_is_empty(own)) return;
  norm_backward_sums(NULL, &gradient, gradient_of(context, norm->out) + begin,
                     activation_of(context, norm->in) + begin, &call);
}

const NormTail NORM_ALONE = {.fits = fits, .forward = forward, .backward = backward};
