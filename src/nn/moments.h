#ifndef NORMLAB_NN_MOMENTS_H
#define NORMLAB_NN_MOMENTS_H
/* Batch norm behind the first convolution, by moments of the images: S and G of kernels/image_moments.h,
 * added up over the batch, exactly like everything that goes over samples. The convolution's
 * results y, which are large, then need not be there before the blocks exchange their sums, nor be
 * visited a second time after they have:
 *
 * - Statistics: y_o = sum_k w_ok p_k has the sum over pixels and samples sum_k w_ok S_k, and the sum
 *   of squares sum_kl w_ok w_ol G_lk. So convolution, norm and the convolution after it are one
 *   visit, some rows at a time (fusion.h).
 * - Weight gradient: it is linear in what the norm's second half would give,
 *   dx_o = rstd_o (dz_o - mean_d_o - xhat_o mean_dx_o), so that
 *
 *     dw_ok = rstd_o (<dz_o, p_k> - mean_d_o S_k - mean_dx_o rstd_o (sum_l w_ol G_lk - mean_o S_k))
 *
 *   where <dz_o, p_k> is added to the gradient of the weights while dz is at hand; the rest follows
 *   when the sums of all ranks are known.
 *
 * Worth while where K^2 is below the multiply-adds of a pixel in making dz again (fusion.c). */
#include "pass_internal.h"

/* Number of moments, where the first norm is done so; otherwise 0. */
size_t moments_count(const Network *network, const Plan *plan);

/* Adds those of a block to the thread's. Uses the thread's piece and sums. */
void moments_add(Pass *pass, Thread *thread, const Slot *slot);

/* Makes those of the threads and all ranks pass->moments. Collective; by one thread. */
void moments_exchange(Pass *pass);

/* From pass->moments: sum and sum of squares of a channel of y over the batch. */
void moments_sums(const Pass *pass, int channel, double *sum, double *square);

/* From pass->moments: the gradient of the first convolution, which was <dz, p>. To be called while
 * the means of the norm's backward pass are at hand. Returns 1 if it is out of range. */
int moments_finish(Pass *pass);

#endif
