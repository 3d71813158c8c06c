#ifndef NORMLAB_NN_STEPS_CORRECTION_H
#define NORMLAB_NN_STEPS_CORRECTION_H
/* The correction of batch renormalization (nn/renorm.h), xhat r + d in place of xhat, where r and d
 * are constants. It is that of a norm with another mean and another rstd,
 *
 *   xhat r + d = (x - mean') rstd',   rstd' = r rstd,   mean' = mean - d / rstd'
 *
 * and so is its derivative: with the means m_d of dz and m' of dz (xhat r + d), and
 * m = (m' - d m_d) / r, which is that of dz xhat,
 *
 *   dx = rstd' (dz - m_d - xhat m) = rstd' (dz - (m_d - d m / r) - (xhat r + d) m / r)
 *
 * All three do nothing for a norm that is not corrected. Not collective. */
#include "../ops/norm.h"

/* Takes r and d of the statistics of the batch and the running statistics. */
void correction_find(Pass *pass, const Op *norm, size_t n_sample_groups);
/* Turns mean and rstd of the exchange into mean' and rstd'. */
void correction_apply(Pass *pass, const Op *norm, size_t n_sample_groups);
/* Turns mean_d and mean_dx of the exchange, m_d and m', into m_d - d m / r and m / r. */
void correction_of_means(Pass *pass, const Op *norm, size_t n_sample_groups);

#endif
