/* The first convolution, its batch norm and the convolution after that: one visit, some rows at a
 * time, with sums from moments of the images. */
#include "classes.h"
#include "conv_sums.h"
#include "moments.h"
#include "parts.h"

/* Where the moments cost less than dz: K^2 multiply-adds a pixel beside those of the convolution
 * after the norm. */
static int fits(NormGroup *group, const Network *network, const int *n_readers, int batch) {
  if (!moments_fit(group, batch)) return 0;
  if (!group->after || !is_conv(group->after) || group->n_rows == 0) return 0;
  const ConvShape *conv = conv_shape(group->before);
  const int n_taps = moments_taps(conv);
  if (n_taps * n_taps > conv->out.c * conv_shape(group->after)->out.c) return 0;
  if (!conv_sums_fits(group, network, n_readers, batch) || !group->is_first) return 0;
  moments_take(group);
  group->n_rows = (group->n_rows + 1) / 2; /* the norm's input is made beside its output */
  return 1;
}

/* Some rows of the convolution before the norm. */
static void make_rows(const Context *context, const NormGroup *group, Band rows) {
  const Op *conv = group->before;
  const Shape out = conv_shape(conv)->out;
  float *y = activation_of(context, conv->out);
  rows.stride = out.stride;
  const ConvCall call = conv_call(context, conv, &rows, rows_ahead(y, out, rows));
  context->pass->network->backend->forward(y + band_begin(rows, out),
                                           activation_of(context, conv->in), &call);
}

static void sizes(Sizes *sizes, const Network *network, const NormGroup *group) {
  conv_sums_sizes(sizes, network, group);
  moments_sizes(sizes, group);
}

const NormHead CONV_NORM_CONV = {.fits = fits,
                                 .append = moments_append,
                                 .make_rows = make_rows,
                                 .finish = moments_finish,
                                 .sizes = sizes};
