#include "comparison_tables.h"

#include "base/log.h"
#include "base/memory.h"
#include "columns.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 64 };

Status comparison_sort_runs(const Run ***sorted, const Comparison *comparison) {
  size_t n = comparison->n_runs;
  TRY(memory_allocate(sorted, n, sizeof **sorted, "runs"));
  for (size_t i = 0; i < n; i++) (*sorted)[i] = &comparison->runs[i];
  for (size_t i = 1; i < n; i++) /* few: by insertion, as run_order is for runs, not pointers */
    for (size_t k = i; k > 0 && run_order((*sorted)[k - 1], (*sorted)[k]) > 0; k--) {
      const Run *run = (*sorted)[k];
      (*sorted)[k] = (*sorted)[k - 1];
      (*sorted)[k - 1] = run;
    }
  return status_ok();
}

/* A probability to two digits. */
static const char *p_text(char text[CELL], double p) {
  if (isnan(p))
    snprintf(text, CELL, "-");
  else if (p < 0.0001)
    snprintf(text, CELL, "<0.0001");
  else
    snprintf(text, CELL, "%.2g", p);
  return text;
}

static void p_cell(Table *table, double p) {
  char text[CELL];
  table_cell(table, "%s", p_text(text, p));
}

/* format: of one end. Ends beyond what the quantity can be are cut. */
static void interval_cell(Table *table, const char *format, double factor, Interval interval,
                          double least, double most) {
  char low[CELL], high[CELL];
  if (isnan(interval.low)) {
    table_cell(table, "-");
    return;
  }
  snprintf(low, CELL, format, factor * fmax(least, interval.low));
  snprintf(high, CELL, format, factor * fmin(most, interval.high));
  table_cell(table, "[%s, %s]", low, high);
}

/* What the runs were evaluated on, and what the headings of its columns become. */
typedef struct SetWords {
  const char *set, *percent, *loss;
} SetWords;

static const SetWords SET_WORDS[] = {{"test ", "test %", "test loss"},
                                     {"validation ", "val. %", "val. loss"},
                                     {"", "right %", "loss"}};

static const SetWords *set_words(const Comparison *comparison) {
  size_t n_validated = 0;
  for (size_t i = 0; i < comparison->n_runs; i++)
    n_validated += run_is_validated(&comparison->runs[i]) != 0;
  return &SET_WORDS[n_validated == 0 ? 0 : n_validated == comparison->n_runs ? 1 : 2];
}

static const char *heading_of(const Column *column, const Comparison *comparison) {
  if (strcmp(column->heading, SET_WORDS[0].percent) == 0) return set_words(comparison)->percent;
  if (strcmp(column->heading, SET_WORDS[0].loss) == 0) return set_words(comparison)->loss;
  return column->heading;
}

const char *evaluated_word(const Comparison *comparison) {
  return set_words(comparison)->set;
}

int has_tests(const Comparison *comparison, Endpoint endpoint) {
  for (size_t i = 0; i < comparison->n_differences; i++)
    if (!isnan(comparison->differences[i].effect[endpoint].means.p)) return 1;
  return 0;
}

int has_images(const Comparison *comparison) {
  for (size_t i = 0; i < comparison->n_differences; i++)
    if (!isnan(comparison->differences[i].images_error)) return 1;
  return 0;
}

enum { MAX_COLUMNS = 12, MAX_TITLES = 2 * MAX_COLUMNS };

/* Some columns, in the order of a table. */
typedef struct Layout {
  const Column *columns;
  int is_spread; /* a summary shows deviation and interval beside the mean */
  const char *const *names;
} Layout;

static const char *const EFFECT_TITLES[] = {"95 % interval", "p", "rank p", "P(above)",
                                            "95 % interval"};
enum { N_EFFECT_TITLES = sizeof EFFECT_TITLES / sizeof *EFFECT_TITLES };

static Table *begin_table(const Layout *layout, const Comparison *comparison) {
  const char *titles[MAX_TITLES];
  int n = 0;
  for (int i = 0; layout->names[i]; i++) {
    const Column *column = column_find(layout->columns, layout->names[i]);
    BUG_IF(!column->heading || n + 1 + N_EFFECT_TITLES > MAX_TITLES);
    titles[n++] = heading_of(column, comparison);
    if (column->kind == COLUMN_SUMMARY && layout->is_spread) {
      titles[n++] = "sd";
      titles[n++] = "95 % interval";
    } else if (column->kind == COLUMN_EFFECT) {
      for (size_t k = 0; k < N_EFFECT_TITLES; k++) titles[n++] = EFFECT_TITLES[k];
    }
  }
  return table_new(n, titles);
}

static void text_cell(Table *table, const char *text) {
  table_cell(table, "%s", text && text[0] ? text : "-");
}

static void count_cell(Table *table, int64_t count) {
  if (count < 0)
    table_cell(table, "-");
  else
    table_cell(table, "%" PRId64, count);
}

static void summary_cells(Table *table, const Column *column, const Cell *cell, int is_spread) {
  const Summary *summary = cell->summary;
  table_number(table, column->format, column->factor * summary->mean);
  if (!is_spread) return;
  table_number(table, column->format_deviation, column->factor * summary->deviation);
  interval_cell(table, column->format, column->factor, summary->interval, 0,
                cell->most > 0 ? cell->most : (double)INFINITY);
}

static void effect_cells(Table *table, const Column *column, const Effect *effect) {
  double all = (double)INFINITY;
  table_number(table, column->format, column->factor * effect->means.difference);
  interval_cell(table, column->format, column->factor, effect->means.interval, -all, all);
  p_cell(table, effect->p_holm);
  p_cell(table, effect->p_ranks_holm);
  table_number(table, "%.2f", effect->above.probability);
  interval_cell(table, "%.2f", 1, effect->above.interval, 0, 1);
}

static void add_cells(Table *table, const Column *column, const Line *line, int is_spread) {
  Cell cell = column->value(line);
  double number = column->factor * cell.number;
  switch (column->kind) {
  case COLUMN_TEXT:
    text_cell(table, cell.text);
    break;
  case COLUMN_COUNT:
    count_cell(table, cell.count);
    break;
  case COLUMN_OUT_OF:
    if (cell.count < 0)
      table_cell(table, "-");
    else
      table_cell(table, "%" PRId64 "/%" PRId64, cell.count, cell.of);
    break;
  case COLUMN_NUMBER:
    table_number(table, column->format, number);
    break;
  case COLUMN_MEDIAN:
    table_number(table, column->format, isfinite(number) ? number : (double)NAN);
    break;
  case COLUMN_P:
    p_cell(table, cell.number);
    break;
  case COLUMN_SUMMARY:
    summary_cells(table, column, &cell, is_spread);
    break;
  case COLUMN_INTERVAL:
    interval_cell(table, column->format, column->factor, cell.interval, -(double)INFINITY,
                  (double)INFINITY);
    break;
  case COLUMN_EFFECT:
    effect_cells(table, column, cell.effect);
    break;
  case COLUMN_NESTED:
    BUG_IF(1);
  }
}

static void add_line(Table *table, const Layout *layout, const Line *line) {
  for (int i = 0; layout->names[i]; i++)
    add_cells(table, column_find(layout->columns, layout->names[i]), line, layout->is_spread);
}

static Table *variants_table(const Layout *layout, const Comparison *comparison) {
  Table *table = begin_table(layout, comparison);
  for (size_t rank = 1; rank <= comparison->variants.n; rank++) {
    Line line = line_of_variant(comparison, rank);
    add_line(table, layout, &line);
  }
  return table;
}

static size_t n_failures(const Comparison *comparison) {
  size_t n = 0;
  for (size_t i = 0; i < comparison->variants.n; i++) n += comparison->variants.variant[i].n_failed;
  return n;
}

Table *results_table(const Comparison *comparison) {
  static const char *const names[] = {"rank",          "variant",   "seeds",
                                      "test_accuracy", "test_loss", NULL};
  static const char *const with_failures[] = {"rank",          "variant",   "seeds", "failed",
                                              "test_accuracy", "test_loss", NULL};
  return variants_table(
      &(Layout){VARIANT_COLUMNS, 1, n_failures(comparison) ? with_failures : names}, comparison);
}

Table *training_table(const Comparison *comparison) {
  static const char *const names[] = {
      "variant",      "parameters",    "train_accuracy",    "train_loss",    "reached",
      "reach_epochs", "reach_seconds", "images_per_second", "epoch_seconds", NULL};
  return variants_table(&(Layout){VARIANT_COLUMNS, 0, names}, comparison);
}

static Table *differences_table(const char *const *names, const Comparison *comparison) {
  Layout layout = {DIFFERENCE_COLUMNS, 0, names};
  Table *table = begin_table(&layout, comparison);
  for (size_t i = 0; i < comparison->n_differences; i++) {
    const Difference *difference = &comparison->differences[i];
    if (difference->is_comparable)
      add_line(table, &layout, &(Line){.comparison = comparison, .difference = difference});
  }
  return table;
}

Table *accuracy_table(const Comparison *comparison) {
  static const char *const names[] = {"variant", "accuracy_difference", NULL};
  return differences_table(names, comparison);
}

Table *images_table(const Comparison *comparison) {
  static const char *const names[] = {"variant", "images_error", "interval_of_both",
                                      "p_images_holm", NULL};
  return differences_table(names, comparison);
}

Table *loss_table(const Comparison *comparison) {
  static const char *const names[] = {"variant", "loss_difference", NULL};
  return differences_table(names, comparison);
}

Table *calibration_table(const Comparison *comparison) {
  static const char *const names[] = {"variant", "calibration_difference", NULL};
  return differences_table(names, comparison);
}

static int has_notes(const Comparison *comparison) {
  for (size_t i = 0; i < comparison->n_runs; i++)
    if (comparison->runs[i].n_notes > 0) return 1;
  return 0;
}

Status runs_table(Table **made, const Comparison *comparison) {
  const char *names[] = {"file",
                         "norm",
                         "seed",
                         "epochs",
                         "test_accuracy",
                         "test_loss",
                         "train_accuracy",
                         "images_per_second",
                         "epoch_seconds",
                         "status",
                         has_notes(comparison) ? "notes" : NULL,
                         NULL};
  Layout layout = {RUN_COLUMNS, 0, names};
  const Run **sorted;
  TRY(comparison_sort_runs(&sorted, comparison));
  Table *table = begin_table(&layout, comparison);
  for (size_t i = 0; i < comparison->n_runs; i++)
    add_line(table, &layout, &(Line){.comparison = comparison, .run = sorted[i]});
  free(sorted);
  *made = table;
  return status_ok();
}
