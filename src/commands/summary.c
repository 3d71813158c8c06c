#include "nn/summary.h"

#include "base/memory.h"
#include "commands/command.h"
#include "config/run_length.h"
#include "data/format.h"
#include "nn/kinds.h"
#include "store/file.h"
#include "store/schema.h"
#include "train/needs.h"
#include "train/threads.h"
#include <stdio.h>

enum { MAX_RANKS = 1 << 20 };

typedef struct Options {
  Changes changes;
  InputSize input;
  const char *data;
  int n_threads, n_ranks;
} Options;

static const Option OPTIONS[] = {
    {"input", "CxHxW", "Takes images of this size instead of those of a data folder.",
     TO_INPUT(Options, input)},
    {"data", "DIR",
     "Takes size and number of the images of this folder, or of synthetic digits, as train does; "
     "$NORMLAB_DATA by default. Without either, images are of 1x28x28 and memory is that without "
     "data.",
     TO_TEXT(Options, data)},
    {"threads", "N", "Counts the memory of so many threads a rank, 1 by default.",
     TO_COUNT(Options, n_threads, MAX_THREADS)},
    {"ranks", "N", "Counts the memory of so many ranks on a node, 1 by default.",
     TO_COUNT(Options, n_ranks, MAX_RANKS)},
    OPTIONS_OF_CHANGES(Options, changes),
    {0}};

/* What is known of the images. */
typedef struct Images {
  InputSize size;
  int n_train, n_test; /* 0: not known */
} Images;

static Status find_images(Images *images, const Options *options) {
  const char *data = data_given(options->data);
  const DataFormat *format;
  DataSource source;
  *images = (Images){.size = input_size(options->input)};
  if (options->input.c > 0 && options->data)
    return status_error(STATUS_USAGE, "summary: --input or --data, not both");
  if (options->input.c > 0 || !data) return status_ok();
  TRY(data_format_find(&format, data));
  TRY(format->open(&source, data));
  images->size = (InputSize){source.shape.c, source.shape.h, source.shape.w};
  images->n_train = source.n_train;
  images->n_test = source.n_test;
  format->close(&source);
  return status_ok();
}

/* Has the libraries that write results in memory, as a run has. */
static Status touch_libraries(void) {
  Record record;
  size_t bytes;
  record_init(&record);
  Status status = result_put_integer(&record, RESULT_FORMAT_VERSION, STORE_FORMAT);
  if (status.code == STATUS_OK) status = result_length(&bytes, &record);
  record_free(&record);
  return status;
}

/* The network is in memory; all else that is there is the program's. */
static Status print_needs(const Options *options, const Network *network, const Images *images,
                          int n_train) {
  const PassLayout layout = {options->n_ranks, options->n_threads};
  const InputSize s = images->size;
  const size_t image = (size_t)s.c * (size_t)s.h * (size_t)s.w + 1;
  const int n_held_out = images->n_train - n_train;
  const RunSize size = {.network = network,
                        .n_train = n_train,
                        .n_evaluated = n_held_out > 0 ? n_held_out : images->n_test,
                        .data_bytes = (size_t)(images->n_train + images->n_test) * image};
  Needs needs;
  TRY(needs_count(&needs, &size, layout));
  TRY(touch_libraries());
  dist_touch_library();
  needs.program = memory_now() - network_bytes(network);
  printf("\n");
  needs_print(stdout, "", &needs, layout);
  if (images->n_train == 0)
    printf("  the data set is not known: --data DIR counts it, and checks the last batch\n");
  return status_ok();
}

static Status summarize(const Options *options, const Config *config, const Images *images) {
  Network network;
  const int n_validation = config->data.validation, n = images->n_train;
  if (n > 0 && n_validation >= n)
    return config_validation_error(config, "the train set has only %d images; accepted: 0 to %d", n,
                                   n - 1);
  const int n_train = n > 0 ? n - n_validation : 0;
  if (n_train > 0) TRY(run_length_check(config, n_train));
  TRY(network_build(&network, config, images->size.c, images->size.h, images->size.w));
  Status status = network_check(&network, n_train);
  if (status.code == STATUS_OK) {
    summary_print(stdout, &network);
    status = print_needs(options, &network, images, n_train);
  }
  network_free(&network);
  return status;
}

static Status read_and_summarize(const Options *options, const char *file) {
  Images images;
  Config *config;
  TRY(config_read(&config, &NETWORK_KINDS, file, options->changes.change, options->changes.n));
  Status status = find_images(&images, options);
  if (status.code == STATUS_OK) status = summarize(options, config, &images);
  config_free(config);
  return status;
}

static Status run(void *options, const Words *words) {
  const char *config;
  TRY(words_one(&config, words, "CONFIG"));
  return read_and_summarize(options, config);
}

const Command COMMAND_summary = {
    .name = "summary",
    .summary = "the layers of a network, parameters, memory",
    .usage = "CONFIG [--data DIR] [--threads N] [--ranks N] [options]",
    .about = "Prints the layers of a network (output, parameters, receptive field), what "
             "torchsummary would count of a sample, and the memory that training takes.",
    .options = OPTIONS,
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_MEMORY, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.n_threads = 1, .n_ranks = 1},
    .start = START_WITHOUT_MPI,
    .run = run};
