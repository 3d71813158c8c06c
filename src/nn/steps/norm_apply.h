#ifndef NORMLAB_NN_STEPS_NORM_APPLY_H
#define NORMLAB_NN_STEPS_NORM_APPLY_H
/* The second half of a norm's backward pass: dx = rstd (dz - mean_d - xhat mean_dx),
 * where dz is made of the gradient of the norm's output by gamma and the masks. */
#include "norm_group.h"

/* Compute dx into the gradient of the norm's input: the thread's share of it, or a band. */
void norm_apply(const Context *context, const NormGroup *group, const double *mean_d,
                const double *mean_dx);
void norm_apply_band(const Context *context, const NormGroup *group, Band band,
                     const double *mean_d, const double *mean_dx);
/* Returns where the gradient of the norm's output begins that belongs to a band, where that or the
 * gradient of the pool's output is stored. */
const float *norm_dy(const Context *context, const NormGroup *group, Band band);
/* Computes dx of a part with all rows. dx is an array of the part and may be dy, the gradient of
 * the norm's output, unless that is a pooled one. If the convolution before the norm reads the
 * images, its weight gradient for these channels is added to the thread's. */
void norm_apply_part(const Context *context, const NormGroup *group, Band band, float *dx,
                     const float *dy, const double *mean_d, const double *mean_dx);
/* Computes this weight gradient from the gradient dy of these channels of the convolution's
 * result. */
void first_weights(const Context *context, const NormGroup *group, Band band, const float *dy);

#endif
