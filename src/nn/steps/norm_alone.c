#include "classes.h"

/* The norm's output is stored as a whole. */
static int fits(NormGroup *group, const Network *network, const int *n_readers) {
  (void)network, (void)n_readers;
  group->after = NULL;
  return 1;
}

static void forward(const Context *context, const NormGroup *group) {
  const Op *norm = group->norm;
  Dropout place;
  const NormCall call = norm_call(context, norm, band_whole(shape_of(context, norm->out)), &place);
  norm_forward(activation_of(context, norm->out), activation_of(context, norm->in), &call);
}

static void backward(const Context *context, const NormGroup *group, double *sum_d,
                     double *sum_dx) {
  const Op *norm = group->norm;
  Dropout place;
  const NormCall call = norm_call(context, norm, band_whole(shape_of(context, norm->out)), &place);
  const NormGradient gradient = norm_gradient(context, norm, sum_d, sum_dx);
  norm_backward_sums(NULL, &gradient, gradient_of(context, norm->out),
                     activation_of(context, norm->in), &call);
  norm_add_gradient(context, norm, &gradient);
}

const NormTail NORM_ALONE = {.fits = fits, .forward = forward, .backward = backward};
