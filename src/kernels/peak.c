#include "kernels/peak.h"

#include "vector/kernel_set.h"

double peak_run(long n_rounds) {
  return kernel_set()->peak_run(n_rounds);
}
