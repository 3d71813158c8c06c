#include "vector/pool.h"

#include "kernels/isa.h"
#include "vector/tables.h"

static const PoolKernels *const TABLES[ISA_COUNT] = ISA_TABLES(pool_kernels);

void max_pool_forward(float *y, const float *x, const PoolShape *shape) {
  TABLES[isa_current()]->max_forward(y, x, shape);
}

void max_pool_backward(float *dx, const float *dy, const float *x, const PoolShape *shape) {
  TABLES[isa_current()]->max_backward(dx, dy, x, shape);
}

void avg_pool_forward(float *y, const float *x, const PoolShape *shape) {
  TABLES[isa_current()]->avg_forward(y, x, shape);
}

void avg_pool_backward(float *dx, const float *dy, const PoolShape *shape) {
  TABLES[isa_current()]->avg_backward(dx, dy, shape);
}
