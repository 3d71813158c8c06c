#include "vector/pool.h"

#include "kernels/isa.h"
#include "vector/tables.h"

static const PoolKernels *const TABLES[ISA_COUNT] = ISA_TABLES(pool_kernels);

void max_pool_forward(float *y, const float *x, Shape in, Shape out, int size, int stride) {
  TABLES[isa_current()]->max_forward(y, x, in, out, size, stride);
}

void max_pool_backward(float *dx, const float *dy, const float *x, Shape in, Shape out, int size,
                       int stride) {
  TABLES[isa_current()]->max_backward(dx, dy, x, in, out, size, stride);
}

void avg_pool_forward(float *y, const float *x, Shape in, Shape out, int size_h, int size_w,
                      int stride) {
  TABLES[isa_current()]->avg_forward(y, x, in, out, size_h, size_w, stride);
}

void avg_pool_backward(float *dx, const float *dy, Shape in, Shape out, int size_h, int size_w,
                       int stride) {
  TABLES[isa_current()]->avg_backward(dx, dy, in, out, size_h, size_w, stride);
}
