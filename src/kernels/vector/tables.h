#ifndef NORMLAB_KERNELS_TABLES_H
#define NORMLAB_KERNELS_TABLES_H
/* For the dispatchers: the tables NAME_portable, NAME_avx2, ... that this build has, in the order
 * of enum Isa. */
#ifdef HAVE_ISA_AVX512
#define ISA_TABLES(name)                                                                           \
  { &name##_portable, &name##_avx2, &name##_avx512 }
#else
#define ISA_TABLES(name)                                                                           \
  { &name##_portable }
#endif

#endif
