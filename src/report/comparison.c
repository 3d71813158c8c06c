#include "report/comparison.h"

#include "base/log.h"
#include "report/mcnemar.h"
#include "report/table.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *file) {
  const char *slash = strrchr(file, '/');
  return slash && slash[1] ? slash + 1 : file;
}

/* Folders are shown only where the names alone would be ambiguous. */
static int names_differ(const Run *runs, size_t n) {
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < i; k++)
      if (strcmp(base_name(runs[i].file), base_name(runs[k].file)) == 0) return 0;
  return 1;
}

static void text_cell(Table *table, const char *text) {
  table_cell(table, "%s", text[0] ? text : "-");
}

static void count_cell(Table *table, int64_t count) {
  if (count < 0)
    table_cell(table, "-");
  else
    table_cell(table, "%" PRId64, count);
}

/* What the columns of the evaluated set are called; none of both if it is not the same. */
enum { EVALUATED_TEST, EVALUATED_VALIDATION, EVALUATED_BOTH };
static int evaluated_kind(const Run *runs, size_t n) {
  size_t n_validated = 0;
  for (size_t i = 0; i < n; i++) n_validated += (size_t)run_is_validated(&runs[i]);
  return n_validated == 0   ? EVALUATED_TEST
         : n_validated == n ? EVALUATED_VALIDATION
                            : EVALUATED_BOTH;
}

static const char *set_name(const Run *run) {
  return run_is_validated(run) ? "validation split" : "test set";
}

static void warn_of_sets(const Run *runs, size_t n) {
  for (size_t i = 1; i < n; i++) {
    if (runs_share_set(&runs[0], &runs[i])) continue;
    log_warning("%s (%s) and %s (%s) were evaluated on different images: accuracies of different "
                "sets do not compare",
                runs[0].file, set_name(&runs[0]), runs[i].file, set_name(&runs[i]));
    return;
  }
}

static Status print_runs(FILE *out, const Run *runs, size_t n, int is_short) {
  static const char *const percent[] = {"test %", "validation %", "right %"};
  static const char *const loss[] = {"test loss", "validation loss", "loss"};
  int kind = evaluated_kind(runs, n);
  const char *const titles[] = {
      "<file",    "<name",   "<norm",      "seed",     "epochs",  "parameters", percent[kind],
      loss[kind], "train %", "train loss", "images/s", "s/epoch", "<status",    "<evaluated on"};
  int n_titles = sizeof titles / sizeof *titles - (kind != EVALUATED_BOTH);
  Table *table = table_new(n_titles, titles);
  for (size_t i = 0; i < n; i++) {
    const Run *run = &runs[i];
    text_cell(table, is_short ? base_name(run->file) : run->file);
    text_cell(table, run->name);
    text_cell(table, run->norm);
    text_cell(table, run->seed);
    count_cell(table, run->epochs);
    count_cell(table, run->parameters);
    table_number(table, "%.2f", 100 * run->test_accuracy);
    table_number(table, "%.4f", run->test_loss);
    table_number(table, "%.2f", 100 * run->train_accuracy);
    table_number(table, "%.4f", run->train_loss);
    table_number(table, "%.0f", run->images_per_second);
    table_number(table, "%.2f", run->epoch_seconds);
    text_cell(table, run->status);
    if (kind == EVALUATED_BOTH) text_cell(table, set_name(run));
  }
  return table_finish(table, out);
}

static void print_test(FILE *out, const Run *best, const Run *other, int is_short) {
  const char *best_name = is_short ? base_name(best->file) : best->file;
  const char *other_name = is_short ? base_name(other->file) : other->file;
  fprintf(out, "  %s against %s: ", best_name, other_name);
  if (!runs_are_paired(best, other)) {
    fprintf(out, "no test: no predictions of the same %s\n", set_name(best));
    return;
  }
  size_t only_best, only_other;
  runs_discordant(&only_best, &only_other, best, other);
  double p = mcnemar_exact(only_best, only_other);
  const char *words = p > COMPARISON_LEVEL     ? "not separable"
                      : only_best > only_other ? "better"
                                               : "worse";
  fprintf(out, "%s on this %s (right only here: %zu, only there: %zu, p = %.2g)\n", words,
          set_name(best), only_best, only_other, p);
}

/* The best of the runs like run i, which is to be tested against it; i itself if it is that. */
static size_t best_of(const Run *runs, size_t i) {
  size_t best = 0;
  while (run_is_validated(&runs[best]) != run_is_validated(&runs[i])) best++;
  return best;
}

Status comparison_print(FILE *out, Run *runs, size_t n) {
  qsort(runs, n, sizeof *runs, run_order);
  warn_of_sets(runs, n);
  int is_short = names_differ(runs, n);
  TRY(print_runs(out, runs, n, is_short));
  if (n < 2) return status_ok();
  fprintf(out, "\nMcNemar's exact test (two-sided, level %g, not corrected for several tests):\n",
          COMPARISON_LEVEL);
  for (size_t i = 1; i < n; i++)
    if (best_of(runs, i) < i) print_test(out, &runs[best_of(runs, i)], &runs[i], is_short);
  fprintf(out, "It compares these trained networks; norms are compared over several seeds.\n");
  return status_ok();
}

/* Bytes that are no UTF-8 pass as they are. */
static void json_text(FILE *out, const char *text) {
  fputc('"', out);
  for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
    if (*p == '"' || *p == '\\')
      fprintf(out, "\\%c", *p);
    else if (*p < ' ')
      fprintf(out, "\\u%04x", *p);
    else
      fputc(*p, out);
  }
  fputc('"', out);
}

static void json_text_member(FILE *out, const char *name, const char *text) {
  fprintf(out, "\"%s\": ", name);
  if (text[0])
    json_text(out, text);
  else
    fputs("null", out);
  fputs(", ", out);
}

static void json_count_member(FILE *out, const char *name, int64_t count) {
  if (count < 0)
    fprintf(out, "\"%s\": null, ", name);
  else
    fprintf(out, "\"%s\": %" PRId64 ", ", name, count);
}

static void json_number_member(FILE *out, const char *name, double number, const char *after) {
  if (isfinite(number))
    fprintf(out, "\"%s\": %.17g%s", name, number, after);
  else
    fprintf(out, "\"%s\": null%s", name, after);
}

static void json_run(FILE *out, const Run *run) {
  fputs("    {", out);
  json_text_member(out, "file", run->file);
  json_text_member(out, "name", run->name);
  json_text_member(out, "norm", run->norm);
  json_text_member(out, "seed", run->seed);
  json_text_member(out, "status", run->status);
  json_text_member(out, "evaluated", run->evaluated);
  json_text_member(out, "evaluated_hash", run->evaluated_hash);
  json_count_member(out, "epochs", run->epochs);
  json_count_member(out, "parameters", run->parameters);
  json_number_member(out, "test_accuracy", run->test_accuracy, ", ");
  json_number_member(out, "test_loss", run->test_loss, ", ");
  json_number_member(out, "train_accuracy", run->train_accuracy, ", ");
  json_number_member(out, "train_loss", run->train_loss, ", ");
  json_number_member(out, "images_per_second", run->images_per_second, ", ");
  json_number_member(out, "epoch_seconds", run->epoch_seconds, "}");
}

static void json_test(FILE *out, const Run *best, const Run *other) {
  fputs("    {", out);
  json_text_member(out, "best", best->file);
  json_text_member(out, "other", other->file);
  if (!runs_are_paired(best, other)) {
    fputs("\"only_best_right\": null, \"only_other_right\": null, \"p\": null, "
          "\"separable\": null}",
          out);
    return;
  }
  size_t only_best, only_other;
  runs_discordant(&only_best, &only_other, best, other);
  double p = mcnemar_exact(only_best, only_other);
  fprintf(out,
          "\"only_best_right\": %zu, \"only_other_right\": %zu, \"p\": %.17g, \"separable\": %s}",
          only_best, only_other, p, p > COMPARISON_LEVEL ? "false" : "true");
}

void comparison_print_json(FILE *out, Run *runs, size_t n) {
  qsort(runs, n, sizeof *runs, run_order);
  warn_of_sets(runs, n);
  fputs("{\n  \"runs\": [\n", out);
  for (size_t i = 0; i < n; i++) {
    json_run(out, &runs[i]);
    fputs(i + 1 < n ? ",\n" : "\n", out);
  }
  fputs("  ],\n  \"tests\": [\n", out);
  const char *before = "";
  for (size_t i = 1; i < n; i++) {
    if (best_of(runs, i) == i) continue;
    fputs(before, out);
    json_test(out, &runs[best_of(runs, i)], &runs[i]);
    before = ",\n";
  }
  fprintf(out, "%s  ]\n}\n", before[0] ? "\n" : "");
}
