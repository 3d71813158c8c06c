#include "base/memory.h"
#include "base/utf8.h"
#include "bench_parts.h"
#include "dist/dist.h"
#include "dist/sum.h"
#include "report/statistics.h"
#include <stdio.h>
#include <stdlib.h>

/* 8 bytes, the smallest sum there is, to 1 MB: larger gradients are beyond the networks of here. */
enum { FIRST_POWER = 3, LAST_POWER = 20, N_SIZES = LAST_POWER - FIRST_POWER + 1, N_REPEATS = 11 };
/* Long enough for the clock. Where one sum takes as long, as with more ranks than cores, there are
 * fewer repeats. */
static const double REPEAT_SECONDS = 1e-3, SIZE_SECONDS = 0.5;
enum { MOST_CALLS = 4096, FEWEST_REPEATS = 3 };
/* Ranks leave what was before at different times, as a network's messages come, and the first one
 * of these sums waits for the last rank; with fewer sums that would count for much. */
enum { FEWEST_CALLS = 8 };

typedef struct Timing {
  double seconds; /* of a sum, median of the repeats */
  int n_repeats;  /* 0: not timed */
} Timing;

typedef struct Sums {
  int all_ways; /* or for each size that one which runs take */
  Timing timing[N_DIST_SUMS][N_SIZES];
  char hosts[512];
} Sums;

static size_t bytes_of(int i) {
  return (size_t)1 << (FIRST_POWER + i);
}

/* Collective. Seconds of n sums one after another, the slowest rank's; *since: seconds since then,
 * the same on all ranks, as they all decide by it. */
static double run(int way, int64_t *values, size_t n_values, int n, double begin, double *since) {
  double minimum[2], mean[2], maximum[2], start = pass_clock();
  for (int i = 0; i < n; i++) dist_sum_by(way, values, n_values);
  double now = pass_clock();
  dist_spread((double[]){now - start, now - begin}, 2, minimum, mean, maximum);
  *since = maximum[1];
  return maximum[0];
}

static Timing time_sum(int way, int64_t *values, size_t n_values) {
  double repeats[N_REPEATS], since, begin = pass_clock();
  int n = FEWEST_CALLS;
  Timing timing = {0};
  while (run(way, values, n_values, n, begin, &since) < REPEAT_SECONDS && n < MOST_CALLS) n *= 2;
  do repeats[timing.n_repeats++] = run(way, values, n_values, n, begin, &since) / n;
  while (timing.n_repeats < FEWEST_REPEATS ||
         (timing.n_repeats < N_REPEATS && since < SIZE_SECONDS));
  timing.seconds = median_of(repeats, (size_t)timing.n_repeats);
  return timing;
}

static int way_of(int i) {
  return dist_sum_way(bytes_of(i) / sizeof(int64_t));
}

/* Of the sizes for which runs take one way. */
typedef struct Fit {
  int n; /* of these sizes; with less than 3 nothing is fitted */
  double latency, per_byte;
} Fit;

/* Least squares of seconds = latency + bytes * per_byte, relative to the seconds, so that small
 * messages count as much as large ones. */
static Fit fit_of(const Sums *sums, int way) {
  double w = 0, x = 0, xx = 0, y = 0, xy = 0;
  Fit fit = {0};
  for (int i = 0; i < N_SIZES; i++) {
    if (way_of(i) != way) continue;
    double n = (double)bytes_of(i), y_i = sums->timing[way][i].seconds, weight = 1 / (y_i * y_i);
    w += weight, x += weight * n, xx += weight * n * n;
    y += weight * y_i, xy += weight * n * y_i;
    fit.n++;
  }
  fit.per_byte = fit.n < 3 ? 0 : (w * xy - x * y) / (w * xx - x * x);
  fit.latency = fit.n < 3 ? 0 : (y - fit.per_byte * x) / w;
  return fit;
}

static void print_row(const Sums *sums, int i) {
  const int chosen = way_of(i);
  printf("%10zu", bytes_of(i));
  for (int way = 0; sums->all_ways && way < N_DIST_SUMS; way++)
    printf(" %13.2f%c", 1e6 * sums->timing[way][i].seconds, way == chosen ? '*' : ' ');
  const double seconds = sums->timing[chosen][i].seconds;
  if (!sums->all_ways)
    printf(" %14.2f %10.1f  %s", 1e6 * seconds, 1e-6 * (double)bytes_of(i) / seconds,
           DIST_SUM_WAYS[chosen].name);
  printf("\n");
}

static void print_text(const Sums *sums) {
  printf(
      "sums of 64-bit integers over %d ranks on %d node%s (%s), medians of %d or fewer repeats\n",
      dist_size(), dist_nodes(), dist_nodes() > 1 ? "s" : "", sums->hosts, N_REPEATS);
  if (sums->all_ways) {
    printf("microseconds; * is what runs take\n%10s", "bytes");
    for (int way = 0; way < N_DIST_SUMS; way++) printf(" %13s ", DIST_SUM_WAYS[way].name);
    printf("\n");
  } else {
    printf("%10s %14s %10s  %s\n", "bytes", "microseconds", "MB/s", "way");
  }
  for (int i = 0; i < N_SIZES; i++) print_row(sums, i);
  for (int way = 0; way < N_DIST_SUMS; way++) {
    const Fit fit = fit_of(sums, way);
    if (fit.n < 3) continue;
    printf("%s (%s), fitted: %.2f microseconds", DIST_SUM_WAYS[way].name, DIST_SUM_WAYS[way].text,
           1e6 * fit.latency);
    /* Where noise hides the size, there is no bandwidth to state. */
    if (fit.per_byte > 0)
      printf(" + bytes / %.1f MB/s\n", 1e-6 / fit.per_byte);
    else
      printf(", whatever the size\n");
  }
}

static void print_json(const Sums *sums) {
  const char *separator = "";
  printf("{\"ranks\": %d, \"nodes\": %d, \"hosts\": ", dist_size(), dist_nodes());
  utf8_print_json(stdout, sums->hosts);
  printf(",\n \"sums\": [");
  for (int i = 0; i < N_SIZES; i++)
    for (int way = 0; way < N_DIST_SUMS; way++) {
      const Timing *timing = &sums->timing[way][i];
      if (!timing->n_repeats) continue;
      printf("%s\n  {\"bytes\": %zu, \"way\": \"%s\", \"is_taken\": %s, \"seconds\": %.6e, "
             "\"repeats\": %d}",
             separator, bytes_of(i), DIST_SUM_WAYS[way].name, way == way_of(i) ? "true" : "false",
             timing->seconds, timing->n_repeats);
      separator = ",";
    }
  printf("],\n \"fits\": [");
  separator = "";
  for (int way = 0; way < N_DIST_SUMS; way++) {
    const Fit fit = fit_of(sums, way);
    if (fit.n < 3) continue;
    printf("%s\n  {\"way\": \"%s\", \"latency_seconds\": %.6e, \"seconds_per_byte\": %.6e, "
           "\"bandwidth_bytes_per_second\": ",
           separator, DIST_SUM_WAYS[way].name, fit.latency, fit.per_byte);
    if (fit.per_byte > 0)
      printf("%.6e}", 1 / fit.per_byte);
    else
      printf("null}");
    separator = ",";
  }
  printf("]}\n");
}

Status bench_comm(int all_ways, int json) {
  int64_t *values;
  Sums sums = {.all_ways = all_ways};
  if (dist_size() < 2)
    return status_error(STATUS_USAGE, "bench: --comm: one rank exchanges nothing; run it under "
                                      "mpirun -n 2 or more");
  TRY(dist_agree(memory_allocate(&values, bytes_of(N_SIZES - 1), 1, "sums")));
  dist_hosts(sums.hosts, sizeof sums.hosts);
  for (int i = 0; i < N_SIZES; i++)
    for (int way = 0; way < N_DIST_SUMS; way++)
      if (all_ways || way == way_of(i))
        sums.timing[way][i] = time_sum(way, values, bytes_of(i) / sizeof *values);
  if (dist_rank() == 0) (json ? print_json : print_text)(&sums);
  free(values);
  return status_ok();
}
