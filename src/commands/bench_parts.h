#ifndef NORMLAB_COMMANDS_BENCH_PARTS_H
#define NORMLAB_COMMANDS_BENCH_PARTS_H
#include "base/status.h"
#include "nn/pass.h"
#include "nn/profile.h"

/* Seconds a step of thread 0, means over ranks. */
typedef struct LayerTimes {
  double *seconds; /* as profile_seconds */
  double total;    /* of the steps that were recorded, by a clock of their own */
  size_t memory;   /* memory_peak() of the largest rank */
} LayerTimes;

/* Sets the memory aside; before anything is timed. */
Status bench_layers_make(LayerTimes *times, Pass *pass) MUST_CHECK;
/* Collective. Takes over what the pass has recorded in n_steps steps of `seconds` in all. */
void bench_layers_take(LayerTimes *times, const Pass *pass, int n_steps, double seconds);
void bench_layers_text(const LayerTimes *times, const Pass *pass);
/* Members of an object, without a comma at the end. */
void bench_layers_json(const LayerTimes *times, const Pass *pass);
void bench_layers_free(LayerTimes *times);

/* What the threads of a rank do in a measurement of the peak. */
typedef struct PeakShare PeakShare;
/* Sets the memory aside. Returns STATUS_MEMORY. */
Status bench_peak_make(PeakShare **shares, int n_threads) MUST_CHECK;
/* Collective. Returns the peak of fused multiply-adds of all threads of all ranks, in GFLOP/s, as
 * each of them reaches in the same 30 milliseconds, in all of which all are busy. */
double bench_peak(PeakShare *shares, int n_threads);
void bench_peak_free(PeakShare *shares);

/* Collective. Times sums over the ranks and prints them: of each size in the way that runs take, or
 * in all. */
Status bench_comm(int all_ways, int json) MUST_CHECK;

#endif
