#include "base/memory.h"
#include "base/utf8.h"
#include "bench_parts.h"
#include "dist/dist.h"
#include "report/statistics.h"
#include <stdio.h>
#include <stdlib.h>

/* 8 bytes, the smallest sum there is, to 1 MB: larger gradients are beyond the networks of here. */
enum { FIRST_POWER = 3, LAST_POWER = 20, N_SIZES = LAST_POWER - FIRST_POWER + 1, N_REPEATS = 11 };
/* Long enough for the clock. Where one sum takes as long, as with more ranks than cores, there are
 * fewer repeats. */
static const double REPEAT_SECONDS = 1e-3, SIZE_SECONDS = 0.5;
enum { MOST_CALLS = 4096, FEWEST_REPEATS = 3 };

typedef struct Timing {
  double seconds; /* of a sum, median of the repeats */
  int n_repeats;
} Timing;

static size_t bytes_of(int i) {
  return (size_t)1 << (FIRST_POWER + i);
}

/* Collective. Seconds of n sums one after another, the slowest rank's; *since: seconds since then,
 * the same on all ranks, as they all decide by it. */
static double run(int64_t *values, size_t n_values, int n, double begin, double *since) {
  double minimum[2], mean[2], maximum[2], start = pass_clock();
  for (int i = 0; i < n; i++) dist_sum(values, n_values);
  double now = pass_clock();
  dist_spread((double[]){now - start, now - begin}, 2, minimum, mean, maximum);
  *since = maximum[1];
  return maximum[0];
}

static Timing time_sum(int64_t *values, size_t n_values) {
  double repeats[N_REPEATS], since, begin = pass_clock();
  int n = 1;
  Timing timing = {0};
  while (run(values, n_values, n, begin, &since) < REPEAT_SECONDS && n < MOST_CALLS) n *= 2;
  do repeats[timing.n_repeats++] = run(values, n_values, n, begin, &since) / n;
  while (timing.n_repeats < FEWEST_REPEATS ||
         (timing.n_repeats < N_REPEATS && since < SIZE_SECONDS));
  timing.seconds = median_of(repeats, (size_t)timing.n_repeats);
  return timing;
}

/* Least squares of seconds = latency + bytes * per_byte, relative to the seconds, so that small
 * messages count as much as large ones. */
static void fit(double *latency, double *per_byte, const Timing *timing) {
  double w = 0, x = 0, xx = 0, y = 0, xy = 0;
  for (int i = 0; i < N_SIZES; i++) {
    double n = (double)bytes_of(i), y_i = timing[i].seconds, weight = 1 / (y_i * y_i);
    w += weight, x += weight * n, xx += weight * n * n;
    y += weight * y_i, xy += weight * n * y_i;
  }
  *per_byte = (w * xy - x * y) / (w * xx - x * x);
  *latency = (y - *per_byte * x) / w;
}

static void print(const Timing *timing, int n_nodes, const char *hosts, int json) {
  double latency, per_byte;
  fit(&latency, &per_byte, timing);
  if (!json) {
    printf(
        "sums of 64-bit integers over %d ranks on %d node%s (%s), medians of %d or fewer repeats\n"
        "%10s %14s %10s\n",
        dist_size(), n_nodes, n_nodes > 1 ? "s" : "", hosts, N_REPEATS, "bytes", "microseconds",
        "MB/s");
    for (int i = 0; i < N_SIZES; i++)
      printf("%10zu %14.2f %10.1f\n", bytes_of(i), 1e6 * timing[i].seconds,
             1e-6 * (double)bytes_of(i) / timing[i].seconds);
    /* Where noise hides the size, there is no bandwidth to state. */
    if (per_byte > 0)
      printf("fitted: %.2f microseconds + bytes / %.1f MB/s\n", 1e6 * latency, 1e-6 / per_byte);
    else
      printf("fitted: %.2f microseconds, whatever the size\n", 1e6 * latency);
    return;
  }
  printf("{\"ranks\": %d, \"nodes\": %d, \"hosts\": ", dist_size(), n_nodes);
  utf8_print_json(stdout, hosts);
  printf(",\n \"sums\": [");
  for (int i = 0; i < N_SIZES; i++)
    printf("%s\n  {\"bytes\": %zu, \"seconds\": %.6e, \"repeats\": %d}", i ? "," : "", bytes_of(i),
           timing[i].seconds, timing[i].n_repeats);
  printf("],\n \"latency_seconds\": %.6e, \"seconds_per_byte\": %.6e, "
         "\"bandwidth_bytes_per_second\": ",
         latency, per_byte);
  if (per_byte > 0)
    printf("%.6e}\n", 1 / per_byte);
  else
    printf("null}\n");
}

Status bench_comm(int json) {
  int64_t *values;
  Timing timing[N_SIZES];
  char hosts[512];
  int n_nodes = dist_nodes();
  if (dist_size() < 2)
    return status_error(STATUS_USAGE, "bench: --comm: one rank exchanges nothing; run it under "
                                      "mpirun -n 2 or more");
  TRY(dist_agree(memory_allocate(&values, bytes_of(N_SIZES - 1), 1, "sums")));
  dist_hosts(hosts, sizeof hosts);
  for (int i = 0; i < N_SIZES; i++) timing[i] = time_sum(values, bytes_of(i) / sizeof *values);
  if (dist_rank() == 0) print(timing, n_nodes, hosts, json);
  free(values);
  return status_ok();
}
