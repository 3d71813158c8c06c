#ifndef NORMLAB_NN_STEPS_MOMENTS_H
#define NORMLAB_NN_STEPS_MOMENTS_H
/* Batch norm behind the first convolution, or another norm whose groups are channels of the whole
 * batch, by moments of the images: S and G of
 * kernels/image_moments.h, added up over the batch, exactly like everything that goes over samples.
 * The convolution's results y then need not be there before the blocks exchange their sums, nor be
 * visited a second time after they have:
 *
 * - Statistics: y_o = sum_k w_ok p_k has the sum over pixels and samples sum_k w_ok S_k, and the
 *   sum of squares sum_kl w_ok w_ol G_lk; a group has those of its channels.
 * - Weight gradient: it is linear in what the norm's second half would give, with the statistics
 *   of the group of channel o,
 *   dx_o = rstd_o (dz_o - mean_d_o - xhat_o mean_dx_o), so that
 *
 *     dw_ok = rstd_o (<dz_o, p_k> - mean_d_o S_k - mean_dx_o rstd_o (sum_l w_ol G_lk - mean_o S_k))
 *
 *   where <dz_o, p_k> is added to the gradient of the weights while dz is at hand; the rest follows
 *   when the sums of all ranks are known.
 *
 * The heads that do so are in conv_norm_conv.c and conv_norm.c. */
#include "../ops/conv.h"
#include "norm_group.h"

/* Returns K, the number of taps: weights of an output channel. */
static inline int moments_taps(const ConvShape *s) {
  return s->in.c * s->kernel * s->kernel;
}

/* Returns whether the group can be done so, whose `before` is set, for batches of up to `batch`
 * samples: with the convolution of the first operation alone. Its backward pass is the last, so no
 * other exchange needs the sums' memory before they leave with the gradient. */
int moments_fit(const NormGroup *group, int batch);
/* Fills in what the group then needs. */
void moments_take(NormGroup *group);

/* Functions of such a NormHead, and a part of its sizes(). */
void moments_append(const NormGroup *group, StepList *list);
int moments_finish(Pass *pass, const Step *step);
void moments_sizes(Sizes *sizes, const NormGroup *group);

#endif
