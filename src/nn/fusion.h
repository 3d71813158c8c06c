#ifndef NORMLAB_NN_FUSION_H
#define NORMLAB_NN_FUSION_H
/* Neighbouring operations done together, a piece at a time, where an activation between them is too
 * large for a core's second-level cache: such layers would wait for memory most of the time.
 *
 * - A convolution and the sums of the norm after it: some channels at a time; or, where moments of
 *   the images give these sums (moments.h), the convolution, the norm and what comes after it: some
 *   rows at a time.
 * - A norm and the 1x1 convolution that alone reads it: some rows at a time, so that what the norm
 *   gives is never stored. The backward pass makes it again from the norm's input, some channels at
 *   a time, and the gradient of these channels goes through the norm's first half at once; where no
 *   other channels share their statistics, through the second half too.
 * - A norm and the pool that alone reads it: some channels at a time; what the norm gives is made
 *   again in the backward pass, where its gradient goes through the pool and the norm's first half.
 * - The norm's second half and the weight gradient of the convolution before it, if that one reads
 *   the images (which need no gradient). Batch norm, all of whose blocks wait between the halves,
 *   goes without the second half where moments of the images can take its place (moments.h); else
 *   it rather computes dz again than to store it.
 *
 * While one piece is computed, the next one is fetched (kernels/conv.h, Ahead). Results are the same
 * bits as without fusion, except with moments. */
#include "pass_internal.h"

/* fusion[n_ops], filled with what is done with each operation; n_readers by activation; for batches
 * of up to `batch` samples. */
void fusion_plan(Fusion *fusion, const Network *network, const int *n_readers, int batch);

/* Whether dz of such a norm (the gradient of its output) is stored; fusion: the norm's, in the array,
 * after that of another operation. */
int fusion_stores_gradient(const Fusion *fusion, const Op *norm);

/* Convolution and sums of the norm after it, which go to the thread's sums. */
void fusion_conv_sums(Pass *pass, Thread *thread, Slot *slot, const Op *conv);

/* Norm (its statistics are there) and the convolution after it; by moments, that before it too. */
void fusion_norm_conv(Pass *pass, Thread *thread, Slot *slot, const Op *norm);
/* Backward pass of this convolution and first half of the norm's, with sum_d and sum_dx [U][16];
 * where fusion says is_local, they are made means and the second half is done, too. Otherwise dz is
 * left in the gradient of the norm's output. */
void fusion_norm_conv_backward(Pass *pass, Thread *thread, Slot *slot, const Op *norm,
                               double *sum_d, double *sum_dx);

/* Norm (its statistics are there) and the pool after it; the backward pass of this pool and the
 * first half of the norm's, which leaves dz in the gradient of the norm's output. */
void fusion_norm_pool(Pass *pass, Thread *thread, Slot *slot, const Op *norm);
void fusion_norm_pool_backward(Pass *pass, Thread *thread, Slot *slot, const Op *norm,
                               double *sum_d, double *sum_dx);

/* Second half of the norm's backward pass, and the weight gradient of the convolution before it. */
void fusion_conv_apply(Pass *pass, Thread *thread, Slot *slot, const Op *norm, const double *mean_d,
                       const double *mean_dx);

#endif
