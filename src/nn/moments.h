#ifndef NORMLAB_NN_MOMENTS_H
#define NORMLAB_NN_MOMENTS_H
/* Weight gradient of the first convolution behind batch norm, without the norm's second half.
 *
 * With p_k the images shifted by tap k (K = C kernel^2 of them), the convolution is
 * y_o = sum_k w_ok p_k, and its weight gradient is linear in what the norm's second half gives,
 * dx_o = rstd_o (dz_o - mean_d_o - xhat_o mean_dx_o). Summed over all pixels and samples,
 *
 *   dw_ok = rstd_o (<dz_o, p_k> - mean_d_o S_k - mean_dx_o rstd_o (sum_l w_ol G_lk - mean_o S_k))
 *   S_k = sum of p_k,   G_lk = <p_l, p_k>
 *
 * so the moments S and G of the images take the place of a second visit to dz and y, which are large
 * and would have to wait until all blocks have given their sums. <dz_o, p_k> is added to the
 * gradient of the weights while dz is at hand; the rest follows when the sums of all ranks are
 * known. G is summed exactly like everything that goes over samples; its terms are single precision,
 * like the products of dz.
 *
 * Worth while where K^2 is below the multiply-adds of a pixel in making dz again (fusion.c). */
#include "pass_internal.h"

/* Number of sums, S and half of G, where norm is done so; otherwise 0. */
size_t moments_count(const Network *network, const Plan *plan);

/* Adds those of a block to the thread's. Uses the thread's piece and first term. */
void moments_add(Pass *pass, Thread *thread, const Slot *slot, const Op *conv);

/* The threads' moments to parts [2 n], to be added up over the ranks, and those of the threads to
 * zero. */
void moments_collect(Pass *pass, int64_t *parts);

/* From the sums of all ranks: the gradient of the first convolution, which was <dz, p>. To be called
 * while the means of the norm's backward pass are at hand. Returns 1 if it is out of range. */
int moments_finish(Pass *pass, const int64_t *parts);

#endif
