#ifndef NORMLAB_KERNELS_PEAK_H
#define NORMLAB_KERNELS_PEAK_H

/* Runs n rounds of independent fused multiply-adds in registers with the current instruction set,
 * and returns how many floating-point operations these are (2 a lane). In a given time, the calling
 * thread can do at most as many operations as it does of these. Where the portable kernels have no
 * fused multiply-add, one counts as two operations, however many it takes. */
double peak_run(long n_rounds);

#endif
