#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/utf8.h"
#include "bench_parts.h"
#include "commands/command.h"
#include "dist/dist.h"
#include "kernels/isa.h"
#include "nn/kinds.h"
#include "nn/optimizer.h"
#include "nn/pass.h"
#include "nn/team.h"
#include "report/statistics.h"
#include "train/agreement.h"
#include "train/threads.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_REPETITIONS = 9 };
static const double REPETITION_SECONDS = 0.3;

typedef struct Options {
  Changes changes;
  InputSize input;
  int n_threads, comm, ways, json;
} Options;

static const Option OPTIONS[] = {
    {"input", "CxHxW", "Takes images of this size; 1x28x28 by default.", TO_INPUT(Options, input)},
    {"threads", "N",
     "Uses so many threads a rank; $OMP_NUM_THREADS by default, or the allowed cores shared by "
     "the ranks.",
     TO_COUNT(Options, n_threads, MAX_THREADS), .may_differ = 1},
    {"comm", NULL,
     "Times sums over the ranks instead, of 8 bytes to 1 MB, and fits latency and bandwidth to "
     "them, for each way in which runs sum.",
     TO_FLAG(Options, comm)},
    {"ways", NULL, "Times with --comm each way to sum, also where runs take another one.",
     TO_FLAG(Options, ways)},
    {"json", NULL, "Prints all of it, for programs.", TO_FLAG(Options, json)},
    OPTIONS_OF_CHANGES(Options, changes),
    {0}};

/* What is timed. */
typedef struct Bench {
  Config *config;
  Network network;
  Optimizer optimizer;
  Pass *pass;
  ImageSet set;
  uint8_t *pixels, *labels;
  uint32_t *index;
  float table[MAX_INPUT_CHANNELS * 256];
  int n_threads;
  PeakShare *shares; /* [n_threads] */
  uint64_t step;
} Bench;

typedef struct Figures {
  double images[N_REPETITIONS],
      peak[N_REPETITIONS];   /* a second; GFLOP/s of all threads and ranks */
  double phase[PHASE_COUNT]; /* seconds a step, mean over ranks */
  double useful;             /* operations of a sample */
  LayerTimes layers;
} Figures;

/* With the configuration that has been read. */
static Status bench_make(Bench *bench, const Options *options) {
  InputSize input = input_size(options->input);
  TRY(network_build(&bench->network, bench->config, input.c, input.h, input.w));
  TRY(network_check(&bench->network, 0));
  TRY(optimizer_make(&bench->optimizer, &bench->network));
  int n = bench->config->training.batch;
  size_t pixels = (size_t)input.c * (size_t)input.h * (size_t)input.w;
  TRY(memory_allocate(&bench->pixels, (size_t)n * pixels, 1, "images"));
  TRY(memory_allocate(&bench->labels, (size_t)n, 1, "labels"));
  TRY(memory_allocate(&bench->index, (size_t)n, sizeof *bench->index, "order"));
  RandomStream random = random_stream(1, RANDOM_DIGITS, 0);
  for (size_t i = 0; i < (size_t)n * pixels; i++)
    bench->pixels[i] = (uint8_t)(random_next(&random) >> 24);
  for (int i = 0; i < n; i++) {
    bench->labels[i] = (uint8_t)random_below(&random, (uint32_t)bench->network.n_classes);
    bench->index[i] = (uint32_t)i;
  }
  for (int i = 0; i < MAX_INPUT_CHANNELS * 256; i++)
    bench->table[i] = ((float)(i % 256) / 255 - 0.5F) / 0.29F;
  bench->set = (ImageSet){n, input.c, input.h, input.w, bench->pixels, bench->labels};
  return status_ok();
}

static void bench_free(Bench *bench) {
  pass_free(bench->pass);
  optimizer_free(&bench->optimizer);
  network_free(&bench->network);
  free(bench->pixels);
  free(bench->labels);
  free(bench->index);
  bench_peak_free(bench->shares);
  config_free(bench->config);
}

/* Collective. Seconds of n steps on this rank. The weights stay small: the rate is 0. */
static double run_own_steps(Bench *bench, int n) {
  int batch = bench->set.n;
  dist_barrier();
  double start = pass_clock();
  for (int i = 0; i < n; i++) {
    StepResult result;
    pass_train(bench->pass, &bench->set, bench->table, bench->index, batch, bench->step++, 0, 0,
               &result);
    pass_mark(bench->pass, ACTIVITY_UPDATE);
    optimizer_step(&bench->optimizer, &bench->network, pass_gradient(bench->pass), batch, 0);
    pass_mark(bench->pass, ACTIVITY_OTHER);
  }
  return pass_clock() - start;
}

/* Collective. The slowest rank's. */
static double run_steps(Bench *bench, int n) {
  double seconds = run_own_steps(bench, n), minimum, mean, maximum;
  dist_spread(&seconds, 1, &minimum, &mean, &maximum);
  return maximum;
}

typedef struct Measurement {
  Figures *figures;
  Bench *bench;
} Measurement;

static void measure(void *context) {
  const Measurement *measurement = context;
  Figures *figures = measurement->figures;
  Bench *bench = measurement->bench;
  int n_steps = 1;
  run_steps(bench, 2);
  while (run_steps(bench, n_steps) < REPETITION_SECONDS / 2) n_steps *= 2;
  memset(pass_seconds(bench->pass), 0, sizeof(double) * PHASE_COUNT);
  for (int i = 0; i < N_REPETITIONS; i++) {
    figures->peak[i] = bench_peak(bench->shares, bench->n_threads);
    figures->images[i] = (double)n_steps * bench->set.n / run_steps(bench, n_steps);
  }
  double minimum[PHASE_COUNT], maximum[PHASE_COUNT];
  dist_spread(pass_seconds(bench->pass), PHASE_COUNT, minimum, figures->phase, maximum);
  for (int p = 0; p < PHASE_COUNT; p++) figures->phase[p] /= (double)n_steps * N_REPETITIONS;
  profile_switch(bench->pass, 1);
  double seconds = run_own_steps(bench, n_steps);
  profile_switch(bench->pass, 0);
  bench_layers_take(&figures->layers, bench->pass, n_steps, seconds);
  figures->useful = network_training_flops(&bench->network);
}

static double median(const double *value) {
  double sorted[N_REPETITIONS];
  memcpy(sorted, value, sizeof sorted);
  return median_of(sorted, N_REPETITIONS);
}

static void print_text(const Bench *bench, const Figures *f) {
  double images = median(f->images), peak = median(f->peak);
  double rate = 1e-9 * images * f->useful, lowest = f->images[0], highest = f->images[0];
  for (int i = 1; i < N_REPETITIONS; i++) {
    if (f->images[i] < lowest) lowest = f->images[i];
    if (f->images[i] > highest) highest = f->images[i];
  }
  char norm[NORM_SPEC_TEXT];
  norm_spec_text(norm, bench->config->network.norm);
  printf("%s, norm %s, batch %d, %s, %d x %d threads, %s\n", bench->config->name, norm,
         bench->set.n, bench->config->conv.backend, dist_size(), bench->n_threads,
         isa_name(isa_current()));
  printf("images/s        %10.0f  (%.0f to %.0f in %d repetitions)\n", images, lowest, highest,
         N_REPETITIONS);
  printf("useful GFLOP/s  %10.1f  (%.2f MFLOP an image)\n", rate, 1e-6 * f->useful);
  printf("peak GFLOP/s    %10.1f\n", peak);
  printf("share of peak   %10.1f %%\n", 100 * rate / peak);
  printf("memory, rank 0  %10.1f MB\n\nmicroseconds a step, by phase (thread 0, mean over ranks)\n",
         1e-6 * (double)memory_peak());
  for (int p = 0; p < PHASE_EVALUATE; p++)
    printf("  %-12s  %10.1f\n", PHASE_NAMES[p], 1e6 * f->phase[p]);
  bench_layers_text(&f->layers, bench->pass);
}

static void print_json(const Bench *bench, const Figures *f) {
  double images = median(f->images), peak = median(f->peak);
  char norm[NORM_SPEC_TEXT];
  norm_spec_text(norm, bench->config->network.norm);
  fputs("{\"name\": ", stdout);
  utf8_print_json(stdout, bench->config->name);
  printf(", \"norm\": \"%s\", \"batch\": %d, \"backend\": \"%s\", \"ranks\": %d, "
         "\"threads\": %d, \"instruction_set\": \"%s\",\n",
         norm, bench->set.n, bench->config->conv.backend, dist_size(), bench->n_threads,
         isa_name(isa_current()));
  printf(" \"images_per_second\": %.1f, \"repetitions\": [", images);
  for (int i = 0; i < N_REPETITIONS; i++) printf("%s%.1f", i ? ", " : "", f->images[i]);
  printf("],\n \"flop_per_image\": %.0f, \"useful_gflops\": %.3f, \"peak_gflops\": %.3f, "
         "\"share_of_peak\": %.4f, \"peak_memory_bytes\": %zu,\n \"seconds_per_step\": {",
         f->useful, 1e-9 * images * f->useful, peak, 1e-9 * images * f->useful / peak,
         memory_peak());
  for (int p = 0; p < PHASE_EVALUATE; p++)
    printf("%s\"%s\": %.3e", p ? ", " : "", PHASE_NAMES[p], f->phase[p]);
  printf("},\n ");
  bench_layers_json(&f->layers, bench->pass);
  printf("}\n");
}

static Status make_pass(Bench *bench, Figures *figures) {
  TRY(bench_peak_make(&bench->shares, bench->n_threads));
  TRY(pass_make(&bench->pass, &bench->network, bench->set.n, bench->n_threads));
  return bench_layers_make(&figures->layers, bench->pass);
}

/* Collective. */
static Status time_steps(const Options *options, const char *file) {
  Bench bench = {0};
  Figures figures = {0};
  Status status =
      config_read(&bench.config, &NETWORK_KINDS, file, options->changes.change, options->changes.n);
  status = agreement_on_config(bench.config, status);
  if (status.code == STATUS_OK) status = dist_agree(bench_make(&bench, options));
  if (status.code == STATUS_OK) {
    int n_cores;
    status = threads_choose(&bench.n_threads, &n_cores, options->n_threads, bench.set.n);
  }
  if (status.code == STATUS_OK) status = agreement_on_backend(make_pass(&bench, &figures));
  if (status.code == STATUS_OK) {
    team_lead(bench.n_threads, measure, &(Measurement){&figures, &bench});
    if (dist_rank() == 0 && options->json) print_json(&bench, &figures);
    if (dist_rank() == 0 && !options->json) print_text(&bench, &figures);
  }
  bench_layers_free(&figures.layers);
  bench_free(&bench);
  return status;
}

static Status run(void *from, const Words *words) {
  const Options *options = from;
  const char *config;
  if (!options->comm) {
    if (options->ways) return status_error(STATUS_USAGE, "bench: --ways: needs --comm");
    TRY(words_one(&config, words, "CONFIG"));
    return time_steps(options, config);
  }
  Status status = status_ok();
  if (words->n > 0 || options->input.c > 0 || options->n_threads > 0 || options->changes.n > 0)
    status =
        status_error(STATUS_USAGE, "bench: --comm: needs no CONFIG, and no option but --ways and "
                                   "--json");
  status = dist_agree(status);
  return status.code == STATUS_OK ? bench_comm(options->ways, options->json) : status;
}

const Command COMMAND_bench = {
    .name = "bench",
    .summary = "images/s, share of the peak, time by layer; sums over ranks",
    .usage = "CONFIG [--input CxHxW] [--threads N] [--json] [options]\n"
             "--comm [--ways] [--json]       (under mpirun or srun)",
    .about = "Times training steps (forward, loss, backward, reduction, update) on random images, "
             "and in the same run the peak of fused multiply-adds, by all ranks and threads in the "
             "same 30 milliseconds. Figures are "
             "medians of 9 repetitions; the convolutions' and linear layers' operations count as "
             "useful. Times by layer come from further steps, in which the clock is read after "
             "each operation and ranks meet before each exchange; so communication and waiting for "
             "the slowest thread or rank are apart.",
    .options = OPTIONS,
    .exits =
        (const ExitLine[]){{STATUS_USAGE, NULL}, {STATUS_FILE, NULL}, {STATUS_MEMORY, NULL}, {0}},
    .options_bytes = sizeof(Options),
    .start = START_WITH_MPI,
    .run = run};
