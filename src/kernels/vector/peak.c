#include "vector/kernel_set.h"
#include "vector/vector.h"

/* Twelve chains cover the latency of a multiply-add (4 cycles, 2 a cycle) with room to spare, and
 * fit the 16 registers of AVX2. The factor keeps values finite and normal for any number of rounds.
 */
enum { N_CHAINS = 12 };

double ISA_NAME(peak_run)(long n_rounds) {
  vf chain[N_CHAINS];
  const vf factor = vf_set(0.5F), term = vf_set(0.25F);
  for (int i = 0; i < N_CHAINS; i++) chain[i] = vf_set((float)i);
  for (long n = 0; n < n_rounds; n++) {
#pragma GCC unroll 12
    for (int i = 0; i < N_CHAINS; i++) chain[i] = vf_fma(chain[i], factor, term);
  }
  vf sum = chain[0];
  for (int i = 1; i < N_CHAINS; i++) sum += chain[i];
  volatile float keep = sum[0];
  (void)keep;
  return 2.0 * VL * N_CHAINS * (double)n_rounds;
}
