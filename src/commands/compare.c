#include "base/log.h"
#include "commands/command.h"
#include "commands/compare_runs.h"
#include "report/comparison.h"
#include "report/metric.h"
#include "report/page.h"
#include "report/table.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef enum Output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CSV, OUTPUT_CSV_RUNS } Output;

/* By which statistics norms that cross samples are evaluated; n = 0: by those that each run has
 * used. The first are compared, the others drawn beside them. */
typedef struct Ways {
  Statistics way[N_STATISTICS];
  size_t n;
} Ways;

typedef struct Options {
  int runs, json, csv, csv_runs;
  ComparisonOptions comparison;
  PageOptions page;
  Ways ways;
  Selection selection;
} Options;

static Status take_pairs(void *pairs_seeds, const Option *option, char *text) {
  if (strcmp(text, "seed") != 0 && strcmp(text, "none") != 0)
    return status_error(STATUS_USAGE, "--%s %.100s: expected seed or none", option->name, text);
  *(int *)pairs_seeds = strcmp(text, "seed") == 0;
  return status_ok();
}

static Status take_ways(void *place, const Option *option, char *text) {
  Ways *ways = place;
  char *rest = text;
  *ways = (Ways){0};
  for (char *word; (word = strsep(&rest, ","));) {
    Statistics way;
    TRY(option_statistics(&way, option, word));
    for (size_t i = 0; i < ways->n; i++)
      if (ways->way[i] == way)
        return status_error(STATUS_USAGE, "--%s: %s is given twice", option->name, word);
    ways->way[ways->n++] = way;
  }
  return status_ok();
}

static Status take_condition(void *selection, const Option *option, char *text) {
  (void)option;
  return selection_add_condition(selection, text);
}

static Status take_key(void *selection, const Option *option, char *text) {
  (void)option;
  return selection_add_key(selection, text);
}

static const Option OPTIONS[] = {
    {"baseline", "NORM",
     "Compares with this variant, by norm or name; the best by default. Chosen beforehand it "
     "counts fewer tests than the best, which needs all pairs.",
     TO_TEXT(Options, comparison.baseline)},
    {"difference", "D",
     "Judges about this difference of accuracies, in percentage points: what is smaller does not "
     "matter. 0.1 by default.",
     TO_POINTS(Options, comparison.difference)},
    {"pairs", "seed|none",
     "Pairs the runs of one seed, for variants that stay so close together that their accuracies "
     "correlate (sizes of batch norm's groups, say); none by default.",
     .take = take_pairs, .place = offsetof(Options, comparison.variants.pairs_seeds)},
    {"trend", "KEY",
     "Looks for trends along a key of the configuration, as optimizer.lr or lr, or norm for the "
     "number in the norm's name, and tells whether accuracy rises or falls with it.",
     TO_TEXT(Options, comparison.trend)},
    {"failure", "ACCURACY",
     "Counts runs below this accuracy, as a share (0.9), as failed, as those that have diverged.",
     TO_SHARE(Options, comparison.variants.failure)},
    {"reach", "SHARE", "Tells epochs and seconds to this accuracy, 0.99 by default.",
     TO_SHARE(Options, comparison.variants.reach)},
    {"statistics", "WAY",
     "Compares networks with batch norms by their evaluation with running averages (running), with "
     "the statistics of all training images (population), or of groups as in training (batch); by "
     "default with those that each run has used. Of several, as in running,population, the first "
     "are compared, and figures have a line for each.",
     .take = take_ways, .place = offsetof(Options, ways)},
    {"where", "KEY=VALUE",
     "Compares the runs alone that have this value, as in optimizer.lr=0.01 or lr=0.01, "
     "norm=batch, "
     "seed=1..5, note.by=me; or != in place of =, and <, <=, > or >= with a number. Given again, "
     "runs must meet each, of several = on one key any. It says how many are left.",
     .take = take_condition, .place = offsetof(Options, selection)},
    {"by", "KEY",
     "Takes the runs with the same value of this key, as norm or optimizer.lr, for one variant, "
     "whatever else differs but for the data, and tells what is mixed so; given again, by all of "
     "the keys. By default runs are one variant that differ in nothing but the seed.",
     .take = take_key, .place = offsetof(Options, selection)},
    {"note", "TEXT", "Says this first among the notes, and on the page.",
     TO_TEXT(Options, comparison.note)},
    {"runs", NULL, "Prints a table of the runs, too.", TO_FLAG(Options, runs)},
    {"json", NULL, "Prints all of it, for programs.", TO_FLAG(Options, json)},
    {"csv", NULL, "Prints a line a variant, with its difference from the baseline.",
     TO_FLAG(Options, csv)},
    {"csv-runs", NULL, "Prints a line a run: a table that compare reads in place of the files.",
     TO_FLAG(Options, csv_runs)},
    {"html", "PAGE",
     "Writes a page with all of it, which needs nothing beside it: compare with misclassified "
     "images, "
     "confusion matrices, layers, time and configurations; watch anew every 5 seconds or by its "
     "interval, and a browser reads it again by itself.",
     TO_TEXT(Options, page.html)},
    {"plots", "DIR", "Writes the plots of that page to DIR, as SVG and PNG.",
     TO_TEXT(Options, page.plots)},
    {"plot", "METRIC[:KEY]",
     "Draws this figure, too: a metric with a row a variant, as accuracy, or against a key of the "
     "configuration with a line a norm, as error:optimizer.lr or error:lr, or against the number "
     "in the norm's name, as error:norm.",
     TO_TEXT(Options, page.figure), .accepted = metric_names},
    {"picture", "FILE", "Writes the figure of --plot alone to FILE, NAME.svg or NAME.png.",
     TO_TEXT(Options, page.picture)},
    {0}};

static Output output_of(const Options *options) {
  return options->json       ? OUTPUT_JSON
         : options->csv      ? OUTPUT_CSV
         : options->csv_runs ? OUTPUT_CSV_RUNS
                             : OUTPUT_TEXT;
}

static Status print_text(const Options *options, const Comparison *comparison) {
  TRY(comparison_print(stdout, comparison));
  if (!options->runs || !comparison->baseline) return status_ok();
  fputs("\nRuns, best first:\n\n", stdout);
  return comparison_print_runs(stdout, comparison);
}

static Status log_selection(const Selection *selection) {
  char *text = NULL;
  size_t bytes;
  if (!selection) return status_ok();
  FILE *out = open_memstream(&text, &bytes);
  if (out) selection_print(out, selection);
  if (!out || fclose(out) != 0) return status_error(STATUS_MEMORY, "no memory for what was chosen");
  if (text[0]) log_note("%s", text + 1);
  free(text);
  return status_ok();
}

static Status print(const Options *options, const Comparison *comparison, const char *command) {
  Status status = status_ok();
  Output output = output_of(options);
  switch (output) {
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
    status = comparison_print_csv_runs(stdout, comparison, command);
    break;
  }
  if (output == OUTPUT_CSV || output == OUTPUT_CSV_RUNS) {
    TRY(log_selection(comparison->options.selection));
    for (size_t i = 0; i < comparison->notes.n; i++) log_note("%s", comparison->notes.text[i]);
  }
  if (status.code != STATUS_OK) return status;
  return output_flush(stdout, "standard output");
}

static Statistics first_way(const Options *options) {
  return options->ways.n ? options->ways.way[0] : N_STATISTICS;
}

/* The runs of a comparison by other statistics, for figures; the first are in the comparison. */
typedef struct Others {
  Evaluations evaluations;
  CompareRuns found[N_STATISTICS];
  Variants variants[N_STATISTICS];
} Others;

static Status read_others(Others *others, Status *first, const Options *options,
                          const Comparison *comparison, const FileList *list) {
  Selection again = options->selection;
  Evaluations *evaluations = &others->evaluations;
  evaluations->variants[0] = &comparison->variants;
  for (evaluations->n = 1; evaluations->n < options->ways.n; evaluations->n++) {
    const size_t i = evaluations->n;
    CompareRuns *found = &others->found[i];
    Notes notes = {0};
    evaluations->way[i] = options->ways.way[i];
    evaluations->variants[i] = &others->variants[i];
    TRY(compare_runs_read(found, list, options->ways.way[i], 0, &again, first));
    Status status = variants_make(&others->variants[i], found->runs, found->n,
                                  &options->comparison.variants, &notes);
    notes_free(&notes);
    if (status.code != STATUS_OK) return status;
  }
  return status_ok();
}

static void free_others(Others *others) {
  for (size_t i = 1; i < N_STATISTICS; i++) {
    variants_free(&others->variants[i]);
    compare_runs_free(&others->found[i]);
  }
}

/* The runs of the first stage of a study, which are in a folder of its folder, as a comparison. */
typedef struct Tuning {
  FileList list;
  CompareRuns found;
  Comparison comparison;
  int is_there;
} Tuning;

static Status find_tuning(Tuning *tuning, const Words *words) {
  for (int i = 0; i < words->n; i++) {
    struct stat at;
    char *folder;
    if (asprintf(&folder, "%s/tuning", words->word[i]) < 0)
      return status_error(STATUS_MEMORY, "%s: no memory for its name", words->word[i]);
    Status status = stat(folder, &at) == 0 && S_ISDIR(at.st_mode)
                        ? file_list_add(&tuning->list, folder)
                        : status_ok();
    free(folder);
    if (status.code != STATUS_OK) return status;
  }
  return status_ok();
}

static Status read_tuning(Tuning *tuning, Status *first, const Options *options,
                          const Words *words) {
  if (!options->page.html && !options->page.plots) return status_ok();
  TRY(find_tuning(tuning, words));
  if (tuning->list.n == 0) return status_ok();
  TRY(compare_runs_read(&tuning->found, &tuning->list, N_STATISTICS, 0, NULL, first));
  ComparisonOptions plain = options->comparison;
  plain.baseline = plain.trend = plain.note = NULL;
  plain.selection = NULL;
  TRY(comparison_make(&tuning->comparison, tuning->found.runs, tuning->found.n, &plain));
  tuning->is_there = 1;
  return status_ok();
}

static void free_tuning(Tuning *tuning) {
  if (tuning->is_there) comparison_free(&tuning->comparison);
  compare_runs_free(&tuning->found);
  file_list_free(&tuning->list);
}

static Status compare_runs(Status *first, const Options *options, const CompareRuns *found,
                           const Selection *selection, const FileList *list, const Words *words) {
  Comparison comparison;
  ComparisonOptions chosen = options->comparison;
  if (selection->n_where > 0 || selection->n_by > 0) chosen.selection = selection;
  Others others = {.evaluations = {.way = {first_way(options)}}};
  TRY(comparison_make(&comparison, found->runs, found->n, &chosen));
  Tuning tuning = {0};
  Status status = print(options, &comparison, words->typed);
  if (status.code == STATUS_OK) status = read_others(&others, first, options, &comparison, list);
  if (status.code == STATUS_OK) status = read_tuning(&tuning, first, options, words);
  if (status.code == STATUS_OK)
    status = page_write(&comparison, &found->details, &others.evaluations,
                        tuning.is_there ? &tuning.comparison : NULL, &options->page);
  free_tuning(&tuning);
  free_others(&others);
  comparison_free(&comparison);
  return status;
}

/* All messages have been printed. */
static Status compare(const Options *options, const Words *words) {
  Status first = page_check(&options->page);
  FileList list = {0};
  CompareRuns found = {0};
  if (first.code != STATUS_OK) {
    log_error("%s", first.text);
    return first;
  }
  for (int i = 0; i < words->n; i++)
    compare_keep_first(&first, file_list_add(&list, words->word[i]));
  Selection selection = options->selection;
  Status status = compare_runs_read(&found, &list, first_way(options),
                                    options->page.html || options->page.plots, &selection, &first);
  compare_keep_first(&first, status);
  if (status.code == STATUS_OK && (found.n > 0 || options->json))
    compare_keep_first(&first, compare_runs(&first, options, &found, &selection, &list, words));
  compare_runs_free(&found);
  file_list_free(&list);
  return first;
}

static Status run(void *from, const Words *words) {
  const Options *options = from;
  if (options->runs + options->json + options->csv + options->csv_runs > 1)
    return status_error(STATUS_USAGE,
                        "compare: only one of --runs, --json, --csv and --csv-runs at a time");
  if (options->ways.n > 1 && !options->page.html && !options->page.plots && !options->page.picture)
    return status_error(STATUS_USAGE, "compare: several --statistics are lines of a figure: give "
                                      "--picture, --html or --plots");
  if (options->selection.n_by > 0 && options->comparison.variants.pairs_seeds)
    return status_error(STATUS_USAGE, "compare: --pairs seed with --by: a variant may have several "
                                      "runs of a seed then, which are no pairs");
  if (words->n == 0)
    return status_error(STATUS_USAGE, "compare: no FILE; see normlab compare --help");
  Status status = compare(options, words);
  status.text[0] = '\0';
  return status;
}

const Command COMMAND_compare = {
    .name = "compare",
    .summary = "which variant is better, and how sure that is",
    .usage = "FILE|FOLDER... [options]",
    .about = "Sorts result files (all *.h5 of a folder) and tables of runs (*.csv) into variants, "
             "runs that differ in nothing "
             "but the seed, and tells which variant is better and how sure that is: a table of "
             "means over seeds with intervals, differences from a baseline, and a verdict in words "
             "about a difference that matters: better, worse, equivalent, different in every seed, "
             "or undecided. Runs that are not finished are left out and named; how often runs fail "
             "is compared by itself.",
    .options = OPTIONS,
    .notes =
        "better, worse: Welch's t test of the final accuracies (with --pairs seed the paired t "
        "test). equivalent: the two one-sided tests, and the interval lies within the "
        "difference that matters. different in every seed: the means are not told apart, yet "
        "all runs of the one are above all of the other, and the exact rank sum test tells "
        "them apart. Each is at level 0.05, corrected by Holm for the number of comparisons. "
        "undecided is none of these: no evidence is not equality. With one seed there is no "
        "verdict on norms; McNemar's exact test compares the two networks.\n"
        "Seeds needed are those with which the test finds the difference four times in five; "
        "who looks, adds seeds, and looks again finds differences too often.\n"
        "A table of runs has a line a run under a line of names: variant, seed, accuracy (a share; "
        "accuracy_percent; or correct, of images), loss, ece, diverged, statistics, and any key "
        "with a point in it (optimizer.lr), by which variants differ. data (a name) and evaluated "
        "(test or validation) must be stated. What is the same for all runs may stand before, as "
        "\"# data: MNIST\". What needs curves or images is left out.\n"
        "Page, plots and picture need gnuplot (Debian's package gnuplot-nox); they come beside any "
        "output.\n"
        "The status is that of the first file that is not used; the others are compared "
        "nevertheless.",
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, "A file is damaged, or calls itself finished without "
                                              "its epochs; a table has a mistake, or was evaluated "
                                              "on other images."},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.comparison = {.difference = COMPARISON_DIFFERENCE,
                                                .variants = {.reach = 0.99}}},
    .start = START_WITHOUT_MPI,
    .run = run};
