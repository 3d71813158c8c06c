#include "commands/compare.h"

#include "base/log.h"
#include "base/memory.h"
#include "commands/compare_files.h"
#include "commands/options.h"
#include "dist/dist.h"
#include "report/comparison.h"
#include "report/page.h"
#include "report/table.h"
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "Usage: normlab compare FILE|FOLDER... [options]\n"
    "\n"
    "Sorts result files (all *.h5 of a folder) into variants, runs that differ in nothing but the\n"
    "seed, and tells which variant is better and how sure that is: a table of means over seeds\n"
    "with intervals, differences from a baseline paired by seed, and a verdict in words. Runs "
    "that\n"
    "are not finished or have diverged are left out and named.\n"
    "\n"
    "  --baseline NORM  compare with this variant, by norm or name; the best by default. Chosen\n"
    "                   beforehand it counts fewer tests than the best, which needs all pairs\n"
    "  --reach SHARE    accuracy whose epochs and seconds are told, 0.99 by default\n"
    "  --difference D   accuracy difference, as share (0.001), to tell the seeds needed for; the\n"
    "                   one seen by default\n"
    "  --runs           a table of the runs, too\n"
    "  --json           all of it, for programs\n"
    "  --csv            a line a variant, with its difference from the baseline\n"
    "  --csv-runs       a line a run\n"
    "  --html PAGE      writes a page with all of it, curves, misclassified images, confusion\n"
    "                   matrices, layers, time and configurations; it needs nothing beside it\n"
    "  --plots DIR      writes the plots of that page to DIR, as SVG and PNG\n"
    "  -h, --help       this text\n"
    "\n"
    "Verdict: Student's paired t test on the final accuracies, Holm-corrected, level 0.05;\n"
    "with one seed McNemar's exact test on the stored predictions. Seeds needed: for that t test\n"
    "to find the difference four times in five (power 0.8), at the level over the number of "
    "tests.\n"
    "BCa intervals: 10,000 resamples, the same ones in each run of the program.\n"
    "Page and plots need gnuplot (Debian's package gnuplot-nox); they come beside any output.\n"
    "\n"
    "Exit status: 0; otherwise that of the first file that is not used: 3 file system, 4 content\n"
    "(damaged, or finished without its epochs); the others are compared nevertheless. 2 usage.\n";

typedef enum Output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CSV, OUTPUT_CSV_RUNS } Output;

typedef struct Options {
  int help, runs, n_outputs;
  Output output;
  ComparisonOptions comparison;
  PageOptions page;
  char **paths;
  int n_paths;
} Options;

static Status parse_share(double *share, const char *option, const char *text) {
  char *end;
  double number = strtod(text, &end);
  if (end == text || *end || !(number > 0 && number <= 1))
    return status_error(STATUS_USAGE,
                        "%s %.100s: expected a share above 0 and at most 1, such as "
                        "%s",
                        option, text, option[2] == 'r' ? "0.99" : "0.001");
  *share = number;
  return status_ok();
}

static void choose(Options *options, Output output) {
  if (options->n_outputs == 0 || options->output != output) options->n_outputs++;
  options->output = output;
}

static Status parse(Options *options, int argc, char **argv) {
  static const struct option table[] = {{"json", no_argument, NULL, 'j'},
                                        {"csv", no_argument, NULL, 'c'},
                                        {"csv-runs", no_argument, NULL, 'C'},
                                        {"runs", no_argument, NULL, 'r'},
                                        {"baseline", required_argument, NULL, 'b'},
                                        {"reach", required_argument, NULL, 'a'},
                                        {"difference", required_argument, NULL, 'd'},
                                        {"html", required_argument, NULL, 'H'},
                                        {"plots", required_argument, NULL, 'P'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};
  *options = (Options){.comparison.reach = 0.99};
  opterr = 0;
  optind = 0;
  for (int found; (found = getopt_long(argc, argv, ":h", table, NULL)) != -1;) {
    if (found == 'j') choose(options, OUTPUT_JSON);
    if (found == 'c') choose(options, OUTPUT_CSV);
    if (found == 'C') choose(options, OUTPUT_CSV_RUNS);
    if (found == 'r') options->runs = 1;
    if (found == 'b') options->comparison.baseline = optarg;
    if (found == 'a') TRY(parse_share(&options->comparison.reach, "--reach", optarg));
    if (found == 'd') TRY(parse_share(&options->comparison.difference, "--difference", optarg));
    if (found == 'H') options->page.html = optarg;
    if (found == 'P') options->page.plots = optarg;
    if (found == 'h') options->help = 1;
    if (found == '?' || found == ':') return option_error(found, argv);
  }
  if ((options->page.html && !options->page.html[0]) ||
      (options->page.plots && !options->page.plots[0]))
    return status_error(STATUS_USAGE, "compare: --html and --plots need a name");
  options->paths = argv + optind;
  options->n_paths = argc - optind;
  if (options->help) return status_ok();
  if (options->n_outputs + options->runs > 1)
    return status_error(STATUS_USAGE,
                        "compare: only one of --runs, --json, --csv and --csv-runs at a time");
  if (options->n_paths > 0) return status_ok();
  return status_error(STATUS_USAGE, "compare: no FILE; see normlab compare --help");
}

static Status print_text(const Options *options, const Comparison *comparison) {
  TRY(comparison_print(stdout, comparison));
  if (!options->runs || !comparison->baseline) return status_ok();
  fputs("\nRuns, best first:\n\n", stdout);
  return comparison_print_runs(stdout, comparison);
}

static Status print(const Options *options, const Comparison *comparison) {
  Status status = status_ok();
  switch (options->output) {
  case OUTPUT_TEXT:
    status = print_text(options, comparison);
    break;
  case OUTPUT_JSON:
    status = comparison_print_json(stdout, comparison);
    break;
  case OUTPUT_CSV:
    comparison_print_csv(stdout, comparison);
    break;
  case OUTPUT_CSV_RUNS:
    status = comparison_print_csv_runs(stdout, comparison);
    break;
  }
  if (options->output == OUTPUT_CSV || options->output == OUTPUT_CSV_RUNS)
    for (size_t i = 0; i < comparison->notes.n; i++) log_note("%s", comparison->notes.text[i]);
  if (status.code != STATUS_OK) return status;
  return output_flush(stdout, "standard output");
}

static void keep_first(Status *first, Status status) {
  if (status.code == STATUS_OK) return;
  log_error("%s", status.text);
  if (first->code == STATUS_OK) *first = status;
}

/* What is wrong with a file is said where it is found; the first failure comes back in *first. */
static size_t read_runs(Status *first, Run *runs, Details *details, const FileList *list) {
  size_t n = 0;
  for (size_t i = 0; i < list->n; i++) {
    const char *file = list->file[i];
    Status status =
        details->n > 0 ? details_read(details, n, &runs[n], file) : run_read(&runs[n], file);
    if (status.code == STATUS_OK && runs[n].state == RUN_BAD)
      keep_first(first, status_error(STATUS_DATA, "%.400s: not compared: %s", list->file[i],
                                     runs[n].reason));
    keep_first(first, status);
    n += status.code == STATUS_OK;
  }
  return n;
}

static Status compare_runs(const Options *options, Run *runs, const Details *details, size_t n) {
  Comparison comparison;
  TRY(comparison_make(&comparison, runs, n, &options->comparison));
  Status status = print(options, &comparison);
  if (status.code == STATUS_OK) status = page_write(&comparison, details, &options->page);
  comparison_free(&comparison);
  return status;
}

/* With the memory for as many runs as there are files. */
static void compare_files(Status *first, const Options *options, const FileList *list, Run *runs) {
  Details details = {0};
  if (options->page.html || options->page.plots) {
    Status status = details_make(&details, list->n);
    keep_first(first, status);
    if (status.code != STATUS_OK) return;
  }
  size_t n = read_runs(first, runs, &details, list);
  if (n > 0 || options->output == OUTPUT_JSON)
    keep_first(first, compare_runs(options, runs, &details, n));
  details_free(&details);
  for (size_t i = 0; i < n; i++) run_free(&runs[i]);
}

/* All messages have been printed. */
static Status compare(const Options *options) {
  Status first = page_check(&options->page);
  FileList list = {0};
  Run *runs = NULL;
  if (first.code != STATUS_OK) {
    log_error("%s", first.text);
    return first;
  }
  for (int i = 0; i < options->n_paths; i++)
    keep_first(&first, file_list_add(&list, options->paths[i]));
  Status status = memory_allocate(&runs, list.n, sizeof *runs, "runs");
  keep_first(&first, status);
  if (status.code == STATUS_OK) compare_files(&first, options, &list, runs);
  free(runs);
  file_list_free(&list);
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
