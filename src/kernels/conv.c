#include "kernels/conv.h"

#include "kernels/gemm.h"
#include "kernels/isa.h"

#include <string.h>

extern const ConvBackend conv_direct_portable, conv_direct_avx2, conv_direct_avx512;

static const ConvBackend *direct(void) {
  switch (isa_current()) {
#ifdef HAVE_ISA_AVX512
  case ISA_AVX512:
    return &conv_direct_avx512;
#endif
#ifdef HAVE_ISA_AVX2
  case ISA_AVX2:
    return &conv_direct_avx2;
#endif
  default:
    return &conv_direct_portable;
  }
}

const ConvBackend *conv_backend(const char *name) {
  if (strcmp(name, "direct") == 0) return direct();
  if (strcmp(name, "gemm") == 0) return &conv_gemm;
  return NULL;
}
