#include "base/memory.h"
#include "bench_parts.h"
#include "dist/dist.h"
#include <stdio.h>
#include <stdlib.h>

/* What a layer has a column for; the rest of its time is none. */
static const Activity COLUMNS[] = {ACTIVITY_FORWARD,      ACTIVITY_BACKWARD,
                                   ACTIVITY_COMBINE,      ACTIVITY_COMMUNICATE,
                                   ACTIVITY_WAIT_THREADS, ACTIVITY_WAIT_RANKS};
/* What has time outside the operations. */
static const Activity OUTSIDE[] = {ACTIVITY_LOAD,        ACTIVITY_LOSS,         ACTIVITY_COMBINE,
                                   ACTIVITY_COMMUNICATE, ACTIVITY_WAIT_THREADS, ACTIVITY_WAIT_RANKS,
                                   ACTIVITY_UPDATE};
enum { N_COLUMNS = sizeof COLUMNS / sizeof *COLUMNS, N_OUTSIDE = sizeof OUTSIDE / sizeof *OUTSIDE };

Status bench_layers_make(LayerTimes *times, Pass *pass) {
  size_t n;
  TRY(profile_make(pass, 0));
  profile_seconds(pass, &n);
  return memory_allocate(&times->seconds, 3 * n, sizeof(double), "times");
}

void bench_layers_free(LayerTimes *times) {
  free(times->seconds);
}

void bench_layers_take(LayerTimes *times, const Pass *pass, int n_steps, double seconds) {
  size_t n;
  const double *own = profile_seconds(pass, &n);
  dist_spread(own, n, times->seconds + n, times->seconds, times->seconds + 2 * n);
  for (size_t i = 0; i < n; i++) times->seconds[i] /= n_steps;
  double memory = (double)memory_peak(), minimum, mean, maximum;
  dist_spread(&seconds, 1, &minimum, &mean, &maximum);
  times->total = mean / n_steps;
  dist_spread(&memory, 1, &minimum, &mean, &maximum);
  times->memory = (size_t)maximum;
}

static double seconds_of(const LayerTimes *times, const Network *network, Activity activity,
                         int op) {
  return times->seconds[(size_t)activity * ((size_t)network->n_ops + 1) + (size_t)(op + 1)];
}

/* Of all operations. */
static double sum_of(const LayerTimes *times, const Network *network, Activity activity) {
  double sum = 0;
  for (int op = 0; op < network->n_ops; op++) sum += seconds_of(times, network, activity, op);
  return sum;
}

static double sum_of_all(const LayerTimes *times, const Network *network) {
  double sum = 0;
  for (int a = 0; a < ACTIVITY_COUNT; a++)
    sum += sum_of(times, network, (Activity)a) + seconds_of(times, network, (Activity)a, NO_OP);
  return sum;
}

/* Microseconds. */
static void print_row(const LayerTimes *times, const Network *network, int op) {
  for (int i = 0; i < N_COLUMNS; i++) {
    double seconds = op == NO_OP ? sum_of(times, network, COLUMNS[i])
                                 : seconds_of(times, network, COLUMNS[i], op);
    printf(i < 2 ? " %9.1f" : " %12.1f", 1e6 * seconds);
  }
  printf("\n");
}

void bench_layers_text(const LayerTimes *times, const Pass *pass, const Network *network) {
  printf("\nmicroseconds a step, by layer (thread 0, mean over ranks, read in steps of their own)\n"
         "%5s  %-38s",
         "layer", "operations");
  for (int i = 0; i < N_COLUMNS; i++) printf(i < 2 ? " %9s" : " %12s", ACTIVITY_NAMES[COLUMNS[i]]);
  printf("\n");
  for (int op = 0; op < network->n_ops; op++) {
    char name[96];
    if (!profile_has_row(pass, op)) continue;
    profile_name(pass, op, name, sizeof name);
    printf("%5d  %-38s", network->ops[op].layer, name);
    print_row(times, network, op);
  }
  printf("%5s  %-38s", "", "all");
  print_row(times, network, NO_OP);
  printf("\nand outside the layers\n");
  for (int i = 0; i < N_OUTSIDE; i++)
    printf("  %-12s  %10.1f\n", ACTIVITY_NAMES[OUTSIDE[i]],
           1e6 * seconds_of(times, network, OUTSIDE[i], NO_OP));
  printf("  %-12s  %10.1f  (%.1f of a step of %.1f)\n", "all", 1e6 * sum_of_all(times, network),
         1e6 * sum_of_all(times, network), 1e6 * times->total);
}

void bench_layers_json(const LayerTimes *times, const Pass *pass, const Network *network) {
  printf(
      "\"largest_peak_memory_bytes\": %zu,\n \"recorded_seconds_per_step\": %.3e,\n \"layers\": [",
      times->memory, times->total);
  const char *comma = "";
  for (int op = 0; op < network->n_ops; op++) {
    char name[96];
    Shape out = network->shapes[network->ops[op].out];
    if (!profile_has_row(pass, op)) continue;
    profile_name(pass, op, name, sizeof name);
    printf("%s\n  {\"layer\": %d, \"operations\": \"%s\", \"output\": [%d, %d, %d]", comma,
           network->ops[op].layer, name, out.c, out.h, out.w);
    for (int i = 0; i < N_COLUMNS; i++)
      printf(", \"%s\": %.3e", ACTIVITY_NAMES[COLUMNS[i]],
             seconds_of(times, network, COLUMNS[i], op));
    printf("}");
    comma = ",";
  }
  printf("],\n \"outside_layers\": {");
  for (int i = 0; i < N_OUTSIDE; i++)
    printf("%s\"%s\": %.3e", i ? ", " : "", ACTIVITY_NAMES[OUTSIDE[i]],
           seconds_of(times, network, OUTSIDE[i], NO_OP));
  printf("}");
}
