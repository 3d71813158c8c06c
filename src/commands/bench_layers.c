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

static double seconds_of(const LayerTimes *times, const Pass *pass, Activity activity, int row) {
  return times->seconds[(size_t)activity * ((size_t)profile_rows(pass) + 1) + (size_t)(row + 1)];
}

/* Of all rows. */
static double sum_of(const LayerTimes *times, const Pass *pass, Activity activity) {
  double sum = 0;
  for (int row = 0; row < profile_rows(pass); row++) sum += seconds_of(times, pass, activity, row);
  return sum;
}

static double sum_of_all(const LayerTimes *times, const Pass *pass) {
  double sum = 0;
  for (int a = 0; a < ACTIVITY_COUNT; a++)
    sum += sum_of(times, pass, (Activity)a) + seconds_of(times, pass, (Activity)a, NO_ROW);
  return sum;
}

/* Microseconds; NO_ROW: of all rows. */
static void print_row(const LayerTimes *times, const Pass *pass, int row) {
  for (int i = 0; i < N_COLUMNS; i++) {
    double seconds =
        row == NO_ROW ? sum_of(times, pass, COLUMNS[i]) : seconds_of(times, pass, COLUMNS[i], row);
    printf(i < 2 ? " %9.1f" : " %12.1f", 1e6 * seconds);
  }
  printf("\n");
}

void bench_layers_text(const LayerTimes *times, const Pass *pass) {
  printf("\nmicroseconds a step, by layer (thread 0, mean over ranks, read in steps of their own)\n"
         "%5s  %-38s",
         "layer", "operations");
  for (int i = 0; i < N_COLUMNS; i++) printf(i < 2 ? " %9s" : " %12s", ACTIVITY_NAMES[COLUMNS[i]]);
  printf("\n");
  for (int i = 0; i < profile_rows(pass); i++) {
    const ProfileRow row = profile_row(pass, i);
    printf("%5d  %-38s", row.layer, row.name);
    print_row(times, pass, i);
  }
  printf("%5s  %-38s", "", "all");
  print_row(times, pass, NO_ROW);
  printf("\nand outside the layers\n");
  for (int i = 0; i < N_OUTSIDE; i++)
    printf("  %-12s  %10.1f\n", ACTIVITY_NAMES[OUTSIDE[i]],
           1e6 * seconds_of(times, pass, OUTSIDE[i], NO_ROW));
  printf("  %-12s  %10.1f  (%.1f of a step of %.1f)\n", "all", 1e6 * sum_of_all(times, pass),
         1e6 * sum_of_all(times, pass), 1e6 * times->total);
}

void bench_layers_json(const LayerTimes *times, const Pass *pass) {
  printf(
      "\"largest_peak_memory_bytes\": %zu,\n \"recorded_seconds_per_step\": %.3e,\n \"layers\": [",
      times->memory, times->total);
  const char *comma = "";
  for (int i = 0; i < profile_rows(pass); i++) {
    const ProfileRow row = profile_row(pass, i);
    printf("%s\n  {\"layer\": %d, \"operations\": \"%s\", \"output\": [%d, %d, %d], "
           "\"flop_per_image\": %.0f",
           comma, row.layer, row.name, row.out.c, row.out.h, row.out.w, row.flops);
    for (int k = 0; k < N_COLUMNS; k++)
      printf(", \"%s\": %.3e", ACTIVITY_NAMES[COLUMNS[k]], seconds_of(times, pass, COLUMNS[k], i));
    printf("}");
    comma = ",";
  }
  printf("],\n \"outside_layers\": {");
  for (int i = 0; i < N_OUTSIDE; i++)
    printf("%s\"%s\": %.3e", i ? ", " : "", ACTIVITY_NAMES[OUTSIDE[i]],
           seconds_of(times, pass, OUTSIDE[i], NO_ROW));
  printf("}");
}
