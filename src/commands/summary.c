#include "commands/summary.h"

#include "base/log.h"
#include "commands/options.h"
#include "commands/run_options.h"
#include "dist/dist.h"
#include "nn/summary.h"
#include <getopt.h>
#include <stdio.h>

static const char help[] =
    "Usage: normlab summary CONFIG [--input CxHxW] [options]\n"
    "\n"
    "Prints the layers of a network: output, parameters, receptive field, memory.\n"
    "\n"
    "  --input CxHxW     size of the images, 1x28x28 by default\n" RUN_OPTIONS_HELP
    "  --help            this text\n";

typedef struct Options {
  RunOptions run;
  const char *config;
  int c, h, w, help;
} Options;

static Status parse(Options *options, int argc, char **argv) {
  static const struct option table[] = {
      RUN_OPTIONS, {"input", required_argument, NULL, 'i'}, {"help", no_argument, NULL, 'h'}, {0}};
  options->c = 1, options->h = 28, options->w = 28;
  opterr = 0;
  optind = 0;
  for (int found; (found = getopt_long(argc, argv, ":h", table, NULL)) != -1;) {
    if (found == 'i')
      TRY(option_input(&options->c, &options->h, &options->w, optarg));
    else if (found == 'h')
      options->help = 1;
    else if (found >= RUN_OPTION_FIRST)
      TRY(run_options_add(&options->run, found, optarg));
    else
      return option_error(found, argv);
  }
  if (options->help) return status_ok();
  return option_config(&options->config, argc, argv);
}

static Status run(const Options *options) {
  Config *config;
  TRY(config_read(&config, options->config, options->run.changes, options->run.n_changes));
  Network network;
  Status status = network_build(&network, config, options->c, options->h, options->w);
  if (status.code == STATUS_OK) {
    if (dist_rank() == 0) summary_print(stdout, &network);
    network_free(&network);
  }
  config_free(config);
  return status;
}

int command_summary(int argc, char **argv) {
  static Options options;
  Status status = parse(&options, argc, argv);
  if (status.code == STATUS_OK && options.help && dist_rank() == 0) fputs(help, stdout);
  if (status.code == STATUS_OK && !options.help) status = run(&options);
  run_options_free(&options.run);
  status = dist_agree(status);
  if (status.code != STATUS_OK) log_error("%s", status.text);
  return status.code;
}
