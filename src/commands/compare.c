#include "commands/compare.h"

#include "base/log.h"
#include "base/memory.h"
#include "commands/options.h"
#include "dist/dist.h"
#include "report/comparison.h"
#include "report/table.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "Usage: normlab compare FILE... [--json]\n"
    "\n"
    "Result files side by side, best test accuracy first, and for each but the best whether the "
    "two\n"
    "can be told apart on this test set (McNemar's exact test on the stored predictions). Runs "
    "that\n"
    "were evaluated on a validation split in place of the test set are told apart among "
    "themselves.\n"
    "\n"
    "  --json   for programs\n"
    "  --help   this text\n";

typedef struct Options {
  int help, json;
  char **files;
  size_t n_files;
} Options;

static Status parse(Options *options, int argc, char **argv) {
  static const struct option table[] = {
      {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
  *options = (Options){0};
  opterr = 0;
  optind = 0;
  for (int found; (found = getopt_long(argc, argv, ":h", table, NULL)) != -1;) {
    switch (found) {
    case 'j':
      options->json = 1;
      break;
    case 'h':
      options->help = 1;
      break;
    default:
      return option_error(found, argv);
    }
  }
  options->files = argv + optind;
  options->n_files = (size_t)(argc - optind);
  if (options->help || options->n_files > 0) return status_ok();
  return status_error(STATUS_USAGE, "compare: no FILE; see normlab compare --help");
}

static Status print(const Options *options, Run *runs, size_t n) {
  if (options->json)
    comparison_print_json(stdout, runs, n);
  else if (n > 0)
    TRY(comparison_print(stdout, runs, n));
  return output_flush(stdout, "standard output");
}

/* Names each failure where it happens; the first one is returned. */
static Status compare(const Options *options) {
  Run *runs;
  Status first = memory_allocate(&runs, options->n_files, sizeof *runs, "runs");
  if (first.code != STATUS_OK) {
    log_error("%s", first.text);
    return first;
  }
  size_t n = 0;
  for (size_t i = 0; i < options->n_files; i++) {
    Status status = run_read(&runs[n], options->files[i]);
    if (status.code == STATUS_OK) {
      n++;
      continue;
    }
    log_error("%s", status.text);
    if (first.code == STATUS_OK) first = status;
  }
  Status status = print(options, runs, n);
  if (status.code != STATUS_OK) {
    log_error("%s", status.text);
    if (first.code == STATUS_OK) first = status;
  }
  for (size_t i = 0; i < n; i++) run_free(&runs[i]);
  free(runs);
  return first;
}

int command_compare(int argc, char **argv) {
  Options options;
  Status status = parse(&options, argc, argv);
  if (dist_rank() == 0) {
    if (status.code != STATUS_OK) {
      log_error("%s", status.text);
    } else if (options.help) {
      fputs(help, stdout);
      status = output_flush(stdout, "standard output");
      if (status.code != STATUS_OK) log_error("%s", status.text);
    } else {
      status = compare(&options);
    }
  }
  return (int)dist_agree(status).code;
}
