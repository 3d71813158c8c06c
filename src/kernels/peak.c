#include "kernels/peak.h"

#include "kernels/isa.h"
#include "vector/peak.h"
#include "vector/tables.h"

static const PeakKernels *const TABLES[ISA_COUNT] = ISA_TABLES(peak_kernels);

double peak_run(long n_rounds) {
  return TABLES[isa_current()]->run(n_rounds);
}
