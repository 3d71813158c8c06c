#ifndef NORMLAB_KERNELS_ISA_H
#define NORMLAB_KERNELS_ISA_H
/* The instruction set the kernels run with. One source is compiled for each of them; the widest one
 * that the processor has is chosen at the first call, or the one that the environment variable
 * NORMLAB_ISA names. All of them give the same bits: lanes are independent, sums over lanes have
 * one fixed order, and fused multiply-adds are explicit. */
#include "base/status.h"
#include <stdint.h>
#include <stdio.h>

typedef enum Isa { ISA_PORTABLE, ISA_AVX2, ISA_AVX512, ISA_COUNT } Isa;

/* Chooses; fails with STATUS_USAGE if NORMLAB_ISA names none or one this processor lacks. Must be
 * called once before any kernel; without the call the portable kernels run. */
Status isa_select(void) MUST_CHECK;
Isa isa_current(void);
const char *isa_name(Isa isa); /* "portable", "avx2", "avx512" */

/* Denormals cost hundreds of cycles each: sets flush-to-zero and denormals-are-zero in the calling
 * thread. Every thread that computes calls it once. */
void isa_flush_denormals(void);

#endif
