#include "nn/summary.h"

#include "commands/command.h"
#include "dist/dist.h"
#include "nn/kinds.h"
#include <stdio.h>

typedef struct Options {
  Changes changes;
  InputSize input;
} Options;

static const Option OPTIONS[] = {
    {"input", "CxHxW", "Takes images of this size; 1x28x28 by default.", TO_INPUT(Options, input)},
    OPTIONS_OF_CHANGES(Options, changes),
    {0}};

static Status summarize(const Options *options, const char *file) {
  InputSize input = input_size(options->input);
  Config *config;
  TRY(config_read(&config, &NETWORK_KINDS, file, options->changes.change, options->changes.n));
  Network network;
  Status status = network_build(&network, config, input.c, input.h, input.w);
  if (status.code == STATUS_OK) {
    status = network_check(&network, 0);
    if (status.code == STATUS_OK && dist_rank() == 0) summary_print(stdout, &network);
    network_free(&network);
  }
  config_free(config);
  return status;
}

static Status run(void *options, const Words *words) {
  const char *config;
  TRY(words_one(&config, words, "CONFIG"));
  return dist_agree(summarize(options, config));
}

const Command COMMAND_summary = {
    .name = "summary",
    .summary = "the layers of a network, parameters, memory",
    .usage = "CONFIG [--input CxHxW] [options]",
    .about = "Prints the layers of a network: output, parameters, receptive field, memory.",
    .options = OPTIONS,
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL}, {STATUS_FILE, NULL}, {0}},
    .options_bytes = sizeof(Options),
    .start = START_WITH_MPI,
    .run = run};
