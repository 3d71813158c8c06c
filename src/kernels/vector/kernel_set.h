#ifndef NORMLAB_KERNELS_KERNEL_SET_H
#define NORMLAB_KERNELS_KERNEL_SET_H
/* The kernels that are compiled once for each instruction set. */
#include "base/exact.h"
#include "conv_algorithm.h"
#include "kernels/dyt.h"
#include "kernels/pool.h"
#include "kernels/threshold.h"
#include <stdint.h>

/* X(result, name, arguments) for each of them. The headers of include/kernels say what they do,
 * except for three:
 *
 * image_moments_widen() writes the floats x [n][16] as doubles.
 *
 * image_moments_products() writes sums[k] [16] = sum over columns j < n of
 * a[j stride] b[j stride + k], k < n_taps, where a and b are rows [..][16] of values of floats.
 *
 * image_moments_pairs() adds to sums[l][k] [16] the sum over columns j < n of
 * a[j stride + l] b[j stride + k], l and k < n_taps; where a and b are one row, of k >= l
 * alone. core is scratch, [2 n_taps][16]. */
#define KERNEL_LIST(X)                                                                             \
  X(void, norm_sums, (double *sum, double *square, const float *x, const NormCall *call))          \
  X(void, norm_statistics, (const NormStatistics *statistics))                                     \
  X(void, norm_scale_sums, (double *sum, size_t n, double factor))                                 \
  X(void, norm_forward, (float *y, const float *x, const NormCall *call))                          \
  X(void, norm_forward_again, (float *y, const float *x, const NormCall *call))                    \
  X(void, norm_backward_band,                                                                      \
    (float *dz, const NormGradient *gradient, const float *dy, const float *x,                     \
     const NormCall *call))                                                                        \
  X(void, norm_backward_end, (const NormGradient *gradient, const NormCall *call))                 \
  X(void, norm_backward_apply,                                                                     \
    (float *dx, const float *dy, const float *x, const double *mean_d, const double *mean_dx,      \
     int n_valid, const NormCall *call))                                                           \
  X(void, dyt_forward, (float *y, const float *x, const DytCall *call))                            \
  X(int, dyt_backward,                                                                             \
    (float *dx, const DytGradient *gradient, const float *dy, const float *x,                      \
     const DytCall *call))                                                                         \
  X(void, threshold_forward, (float *y, const float *x, const ThresholdCall *call))                \
  X(int, threshold_backward,                                                                       \
    (float *dx, int64_t *dtau, double limit, const float *dy, const float *x,                      \
     const ThresholdCall *call))                                                                   \
  X(void, max_pool_forward, (float *y, const float *x, const PoolShape *shape))                    \
  X(void, max_pool_select, (float *y, uint16_t *passes, const float *x, const PoolShape *shape))   \
  X(void, max_pool_backward, (float *dx, const float *dy, const float *x, const PoolShape *shape)) \
  X(void, avg_pool_forward, (float *y, const float *x, const PoolShape *shape))                    \
  X(void, avg_pool_backward, (float *dx, const float *dy, const PoolShape *shape))                 \
  X(void, pointwise_forward,                                                                       \
    (float *y, const float *x, const Dropout *dropout, int relu, Shape s, Band band))              \
  X(void, pointwise_backward,                                                                      \
    (float *dx, const float *dy, const float *y, const Dropout *dropout, int relu, Shape s,        \
     Band band))                                                                                   \
  X(void, bias_forward, (float *y, const float *x, const float *b, Shape s))                       \
  X(int, bias_backward, (int64_t * db, const float *dy, Shape s, double limit))                    \
  X(void, add_forward, (float *y, const float *a, const float *b, Shape s))                        \
  X(int, exact_add_lanes,                                                                          \
    (ExactSum * sum, size_t step, const double *lane, size_t n, int begin, int end, double limit)) \
  X(int, gradient_add_floats, (int64_t * acc, const float *term, size_t n, double limit))          \
  X(int, gradient_add_lanes, (int64_t * acc, const float *lane, size_t n, double limit))           \
  X(int, gradient_add_double_lanes, (int64_t * acc, const double *term, size_t n, double limit))   \
  X(void, image_moments_widen, (double *to, const float *x, int n))                                \
  X(void, image_moments_products,                                                                  \
    (double *sums, const double *a, const double *b, int n_taps, int stride, int n))               \
  X(void, image_moments_pairs,                                                                     \
    (double *sums, double *core, const double *a, const double *b, int n_taps, int stride, int n)) \
  X(double, peak_run, (long n_rounds))

typedef struct KernelSet {
  const CorrelationAlgorithm *correlations[N_CORRELATIONS];
  const WeightsAlgorithm *weights[N_WEIGHTS];
  const LinearKernels *linear;
#define KERNEL_FIELD(result, name, arguments) result(*name) arguments;
  KERNEL_LIST(KERNEL_FIELD)
#undef KERNEL_FIELD
} KernelSet;

/* Returns the set of isa_current() for blocks of block_lanes() lanes. */
const KernelSet *kernel_set(void);

#ifdef ISA_SUFFIX
/* For the sources of one instruction set: norm_sums is norm_sums_avx2 there, and so on. */
#define ISA_PASTE2(a, b) a##b
#define ISA_PASTE(a, b) ISA_PASTE2(a, b)
#define ISA_NAME(name) ISA_PASTE(name, ISA_SUFFIX)

#define CORRELATION_ROW(id, name) extern const CorrelationAlgorithm ISA_NAME(correlation_##name);
#define WEIGHTS_ROW(id, name) extern const WeightsAlgorithm ISA_NAME(weights_##name);
CORRELATION_LIST(CORRELATION_ROW)
WEIGHTS_LIST(WEIGHTS_ROW)
extern const LinearKernels ISA_NAME(linear);
#define KERNEL_PROTOTYPE(result, name, arguments) result ISA_NAME(name) arguments;
KERNEL_LIST(KERNEL_PROTOTYPE)
#undef KERNEL_PROTOTYPE
#endif

#endif
