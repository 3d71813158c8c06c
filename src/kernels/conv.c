#include "kernels/conv.h"

#include "kernels/gemm.h"
#include "vector/kernel_set.h"
#include <string.h>

const ConvBackend *conv_backend(const char *name) {
  if (strcmp(name, "direct") == 0) return kernel_set()->conv_direct;
  if (strcmp(name, "gemm") == 0) return &conv_gemm;
  return NULL;
}
