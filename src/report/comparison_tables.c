#include "comparison_tables.h"

#include "base/memory.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

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

static void finite_cell(Table *table, const char *format, double number) {
  table_number(table, format, isfinite(number) ? number : (double)NAN);
}

/* What the runs were evaluated on, or the title of a column of it. */
typedef struct SetWords {
  const char *set, *percent, *loss;
} SetWords;

static const SetWords *set_words(const Comparison *comparison) {
  static const SetWords words[] = {{"test ", "test %", "test loss"},
                                   {"validation ", "val. %", "val. loss"},
                                   {"", "right %", "loss"}};
  size_t n_validated = 0;
  for (size_t i = 0; i < comparison->n_runs; i++)
    n_validated += run_is_validated(&comparison->runs[i]) != 0;
  return &words[n_validated == 0 ? 0 : n_validated == comparison->n_runs ? 1 : 2];
}

const char *evaluated_word(const Comparison *comparison) {
  return set_words(comparison)->set;
}

size_t most_pairs(const Comparison *comparison) {
  size_t most = 0;
  for (size_t i = 0; i < comparison->n_differences; i++)
    if (comparison->differences[i].n_pairs > most) most = comparison->differences[i].n_pairs;
  return most;
}

Table *results_table(const Comparison *comparison) {
  const Variants *variants = &comparison->variants;
  const SetWords *words = set_words(comparison);
  const char *const titles[] = {
      "#",         "<variant", "seeds",        words->percent, "sd", "95 % interval",
      words->loss, "sd",       "95 % interval"};
  Table *table = table_new(sizeof titles / sizeof *titles, titles);
  for (size_t i = 0; i < variants->n; i++) {
    const Variant *v = &variants->variant[i];
    const Summary *accuracy = &v->test_accuracy, *loss = &v->test_loss;
    table_cell(table, "%zu", i + 1);
    table_cell(table, "%s", v->name);
    table_cell(table, "%zu", v->n_runs);
    table_number(table, "%.2f", 100 * accuracy->mean);
    table_number(table, "%.3f", 100 * accuracy->deviation);
    interval_cell(table, "%.2f", 100, accuracy->interval, 0, 1);
    table_number(table, "%.4f", loss->mean);
    table_number(table, "%.4f", loss->deviation);
    interval_cell(table, "%.4f", 1, loss->interval, 0, (double)INFINITY);
  }
  return table;
}

Table *training_table(const Comparison *comparison) {
  static const char *const titles[] = {"<variant",   "parameters", "train %",
                                       "train loss", "reached",    "epochs",
                                       "seconds",    "images/s",   "s/epoch"};
  const Variants *variants = &comparison->variants;
  Table *table = table_new(sizeof titles / sizeof *titles, titles);
  for (size_t i = 0; i < variants->n; i++) {
    const Variant *v = &variants->variant[i];
    table_cell(table, "%s", v->name);
    if (v->parameters < 0)
      table_cell(table, "-");
    else
      table_cell(table, "%" PRId64, v->parameters);
    table_number(table, "%.2f", 100 * v->train_accuracy.mean);
    table_number(table, "%.4f", v->train_loss.mean);
    table_cell(table, "%zu/%zu", v->n_reached, v->n_runs);
    finite_cell(table, "%.3g", v->reach_epochs);
    finite_cell(table, "%.1f", v->reach_seconds);
    table_number(table, "%.0f", v->images_per_second.mean);
    table_number(table, "%.2f", v->epoch_seconds.mean);
  }
  return table;
}

static void paired_cells(Table *table, const Paired *paired, const char *format, double factor) {
  double all = (double)INFINITY;
  table_number(table, format, factor * paired->summary.mean);
  interval_cell(table, format, factor, paired->summary.interval, -all, all);
  interval_cell(table, format, factor, paired->bootstrap, -all, all);
}

Table *accuracy_table(const Comparison *comparison) {
  static const char *const titles[] = {"<variant", "seeds", "points", "95 % t interval",
                                       "95 % BCa", "p",     "flip p", "images p"};
  Table *table = table_new(sizeof titles / sizeof *titles, titles);
  for (size_t i = 0; i < comparison->n_differences; i++) {
    const Difference *d = &comparison->differences[i];
    if (d->n_pairs == 0) continue;
    table_cell(table, "%s", d->variant->name);
    table_cell(table, "%zu", d->n_pairs);
    paired_cells(table, &d->accuracy, "%+.2f", 100);
    p_cell(table, d->accuracy.p_holm);
    p_cell(table, d->accuracy.p_flip);
    p_cell(table, d->p_images_holm);
  }
  return table;
}

Table *loss_table(const Comparison *comparison) {
  static const char *const titles[] = {"<variant", "seeds", "loss",  "95 % t interval",
                                       "95 % BCa", "p",     "flip p"};
  Table *table = table_new(sizeof titles / sizeof *titles, titles);
  for (size_t i = 0; i < comparison->n_differences; i++) {
    const Difference *d = &comparison->differences[i];
    if (d->n_pairs == 0) continue;
    table_cell(table, "%s", d->variant->name);
    table_cell(table, "%zu", d->n_pairs);
    paired_cells(table, &d->loss, "%+.4f", 1);
    p_cell(table, d->loss.p);
    p_cell(table, d->loss.p_flip);
  }
  return table;
}

static void text_cell(Table *table, const char *text) {
  table_cell(table, "%s", text[0] ? text : "-");
}

Status runs_table(Table **made, const Comparison *comparison) {
  const SetWords *words = set_words(comparison);
  const char *const titles[] = {"<file",     "<norm",   "seed",     "epochs",  words->percent,
                                words->loss, "train %", "images/s", "s/epoch", "<status"};
  const Run **sorted;
  TRY(comparison_sort_runs(&sorted, comparison));
  Table *table = table_new(sizeof titles / sizeof *titles, titles);
  for (size_t i = 0; i < comparison->n_runs; i++) {
    const Run *run = sorted[i];
    text_cell(table, run->file);
    text_cell(table, run->norm);
    text_cell(table, run->seed);
    finite_cell(table, "%.0f", run->epochs < 0 ? (double)NAN : (double)run->epochs);
    table_number(table, "%.2f", 100 * run->test_accuracy);
    table_number(table, "%.4f", run->test_loss);
    table_number(table, "%.2f", 100 * run->train_accuracy);
    table_number(table, "%.0f", run->images_per_second);
    table_number(table, "%.2f", run->epoch_seconds);
    text_cell(table, run->status);
  }
  free(sorted);
  *made = table;
  return status_ok();
}
