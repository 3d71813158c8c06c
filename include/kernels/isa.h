#ifndef NORMLAB_KERNELS_ISA_H
#define NORMLAB_KERNELS_ISA_H
/* The instruction set that the kernels run with. One source is compiled for each of them. All of
 * them give the same bits: lanes are independent, sums over lanes have one fixed order, and fused
 * multiply-adds are written out. */
#include "base/status.h"
#include <stdint.h>
#include <stdio.h>

typedef enum Isa { ISA_PORTABLE, ISA_AVX2, ISA_AVX512, ISA_COUNT } Isa;

/* Chooses the widest instruction set that the processor has, or the one that the environment
 * variable NORMLAB_ISA names. It fails with STATUS_USAGE if NORMLAB_ISA names none, or one that the
 * processor or the build lacks. It has to be called once before threads start to compute; until
 * then the portable kernels run. */
Status isa_select(void) MUST_CHECK;

/* The instruction set in use. */
Isa isa_current(void);

/* "portable", "avx2" or "avx512"; static. */
const char *isa_name(Isa isa);

/* Sets flush-to-zero and denormals-are-zero in the calling thread, because each denormal number
 * costs hundreds of cycles. Every thread that computes calls it once. */
void isa_flush_denormals(void);

#endif
