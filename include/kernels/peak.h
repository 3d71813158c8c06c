#ifndef NORMLAB_KERNELS_PEAK_H
#define NORMLAB_KERNELS_PEAK_H

/* Floating-point operations (2 a lane) of n rounds of independent fused multiply-adds in registers,
 * by the current instruction set: what the calling thread can do at most in a time is what it does
 * of these. The portable kernels count the fused multiply-adds as they are made there. */
double peak_run(long n_rounds);

#endif
