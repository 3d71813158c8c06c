#include "base/memory.h"
#include "bench_parts.h"
#include "dist/dist.h"
#include "kernels/isa.h"
#include "kernels/peak.h"
#include "nn/team.h"
#include <stdlib.h>

/* Ranks leave a barrier at slightly different times, and a core that others leave idle is faster
 * than among busy ones. So all threads are busy for the whole time of a measurement, and what they
 * do counts from when all have surely begun until the first may have ended. */
static const double LEAD_SECONDS = 5e-3, COUNTED_SECONDS = 30e-3;

/* What one thread did in the counted time; cache lines apart. */
struct PeakShare {
  _Alignas(64) double operations, seconds;
};

Status bench_peak_make(PeakShare **shares, int n_threads) {
  return memory_allocate(shares, (size_t)n_threads, sizeof **shares, "threads");
}

void bench_peak_free(PeakShare *shares) {
  free(shares);
}

/* Works until the clock shows `end`, some 20 microseconds at a time, and returns when it has. */
static double run_until(double end, double *operations) {
  const long n_rounds = isa_current() == ISA_PORTABLE ? 200 : 10000;
  double now;
  *operations = 0;
  do *operations += peak_run(n_rounds);
  while ((now = pass_clock()) < end);
  return now;
}

static void run_peak(void *context, int thread) {
  PeakShare *share = (PeakShare *)context + thread;
  double unused, start = pass_clock();
  double begin = run_until(start + LEAD_SECONDS, &unused);
  double end = run_until(start + LEAD_SECONDS + COUNTED_SECONDS, &share->operations);
  share->seconds = end - begin;
  run_until(start + 2 * LEAD_SECONDS + COUNTED_SECONDS, &unused);
}

double bench_peak(PeakShare *shares, int n_threads) {
  double rate = 0, minimum, mean, maximum;
  dist_barrier();
  team_run(n_threads, run_peak, shares);
  for (int t = 0; t < n_threads; t++) rate += 1e-9 * shares[t].operations / shares[t].seconds;
  dist_spread(&rate, 1, &minimum, &mean, &maximum);
  return mean * dist_size();
}
