#include "base/memory.h"
#include "bench_parts.h"
#include "dist/dist.h"
#include <stdio.h>
#include <stdlib.h>

/* 8 bytes, the smallest sum there is, to 1 MB: larger gradients are beyond the networks of here. */
enum { FIRST_POWER = 3, LAST_POWER = 20, N_SIZES = LAST_POWER - FIRST_POWER + 1, N_REPEATS = 11 };
/* Long enough for the clock; with more ranks than cores one sum can take as long. */
static const double REPEAT_SECONDS = 1e-3;
enum { MOST_CALLS = 4096 };

static size_t bytes_of(int i) {
  return (size_t)1 << (FIRST_POWER + i);
}

/* Collective. Seconds of n sums one after another, the slowest rank's. */
static double run(int64_t *values, size_t n_values, int n) {
  dist_barrier();
  double start = pass_clock();
  for (int i = 0; i < n; i++) dist_sum(values, n_values);
  double seconds = pass_clock() - start, minimum, mean, maximum;
  dist_spread(&seconds, 1, &minimum, &mean, &maximum);
  return maximum;
}

static double time_sum(int64_t *values, size_t n_values) {
  double repeats[N_REPEATS];
  int n = 1;
  while (run(values, n_values, n) < REPEAT_SECONDS && n < MOST_CALLS) n *= 2;
  for (int i = 0; i < N_REPEATS; i++) repeats[i] = run(values, n_values, n) / n;
  return bench_median(repeats, N_REPEATS);
}

/* Least squares of seconds = latency + bytes * per_byte, relative to the seconds, so that small
 * messages count as much as large ones. */
static void fit(double *latency, double *per_byte, const double *seconds) {
  double w = 0, x = 0, xx = 0, y = 0, xy = 0;
  for (int i = 0; i < N_SIZES; i++) {
    double n = (double)bytes_of(i), weight = 1 / (seconds[i] * seconds[i]);
    w += weight, x += weight * n, xx += weight * n * n;
    y += weight * seconds[i], xy += weight * n * seconds[i];
  }
  *per_byte = (w * xy - x * y) / (w * xx - x * x);
  *latency = (y - *per_byte * x) / w;
}

static void print(const double *seconds, int n_nodes, const char *hosts, int json) {
  double latency, per_byte;
  fit(&latency, &per_byte, seconds);
  if (!json) {
    printf("sums of 64-bit integers over %d ranks on %d node%s (%s), median of %d repeats\n"
           "%10s %14s %10s\n",
           dist_size(), n_nodes, n_nodes > 1 ? "s" : "", hosts, N_REPEATS, "bytes", "microseconds",
           "MB/s");
    for (int i = 0; i < N_SIZES; i++)
      printf("%10zu %14.2f %10.1f\n", bytes_of(i), 1e6 * seconds[i],
             1e-6 * (double)bytes_of(i) / seconds[i]);
    printf("fitted: %.2f microseconds + bytes / %.1f MB/s\n", 1e6 * latency, 1e-6 / per_byte);
    return;
  }
  printf("{\"ranks\": %d, \"nodes\": %d, \"hosts\": \"%s\", \"repeats\": %d,\n \"sums\": [",
         dist_size(), n_nodes, hosts, N_REPEATS);
  for (int i = 0; i < N_SIZES; i++)
    printf("%s\n  {\"bytes\": %zu, \"seconds\": %.6e}", i ? "," : "", bytes_of(i), seconds[i]);
  printf("],\n \"latency_seconds\": %.6e, \"seconds_per_byte\": %.6e, "
         "\"bandwidth_bytes_per_second\": ",
         latency, per_byte);
  /* Where noise hides the size, there is none to state. */
  if (per_byte > 0)
    printf("%.6e}\n", 1 / per_byte);
  else
    printf("null}\n");
}

Status bench_comm(int json) {
  int64_t *values;
  double seconds[N_SIZES];
  char hosts[512];
  int n_nodes = dist_nodes();
  if (dist_size() < 2)
    return status_error(STATUS_USAGE, "bench: --comm: one rank exchanges nothing; run it under "
                                      "mpirun -n 2 or more");
  TRY(dist_agree(memory_allocate(&values, bytes_of(N_SIZES - 1), 1, "sums")));
  dist_hosts(hosts, sizeof hosts);
  for (int i = 0; i < N_SIZES; i++) seconds[i] = time_sum(values, bytes_of(i) / sizeof *values);
  if (dist_rank() == 0) print(seconds, n_nodes, hosts, json);
  free(values);
  return status_ok();
}
