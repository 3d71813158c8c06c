#ifndef NORMLAB_KERNELS_VECTOR_PEAK_H
#define NORMLAB_KERNELS_VECTOR_PEAK_H
/* peak_run of kernels/peak.h for one instruction set. */

typedef struct PeakKernels {
  double (*run)(long n_rounds);
} PeakKernels;

extern const PeakKernels peak_kernels_portable, peak_kernels_avx2, peak_kernels_avx512;

#endif
