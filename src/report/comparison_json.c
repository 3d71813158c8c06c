#include "columns.h"
#include "comparison_tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_summary(Json *json, const char *name, const Summary *summary) {
  json_open(json, name, '{');
  json_count(json, "n", (int64_t)summary->n);
  json_number(json, "mean", summary->mean);
  json_number(json, "deviation", summary->deviation);
  json_interval(json, "interval", summary->interval);
  json_close(json, '}');
}

static void put_effect(Json *json, const char *name, const Effect *effect) {
  const TwoMeans *means = &effect->means;
  json_open(json, name, '{');
  json_number(json, "mean", means->difference);
  json_number(json, "error", means->error);
  json_number(json, "degrees", means->degrees);
  json_interval(json, "interval", means->interval);
  json_number(json, "p", means->p);
  json_number(json, "p_holm", effect->p_holm);
  json_number(json, "p_equivalent", means->p_equivalent);
  json_number(json, "p_equivalent_holm", effect->p_equivalent_holm);
  json_number(json, "p_ranks", effect->p_ranks);
  json_number(json, "p_ranks_holm", effect->p_ranks_holm);
  json_number(json, "p_above", effect->above.probability);
  json_interval(json, "p_above_interval", effect->above.interval);
  json_number(json, "correlation", effect->correlation);
  json_close(json, '}');
}

static void put_cell(Json *json, const char *name, const Column *column, const Line *line) {
  Cell cell = column->value(line);
  switch (column->kind) {
  case COLUMN_TEXT:
    json_text(json, name, cell.text);
    break;
  case COLUMN_COUNT:
  case COLUMN_OUT_OF:
    json_count(json, name, cell.count);
    break;
  case COLUMN_NUMBER:
  case COLUMN_MEDIAN:
  case COLUMN_P:
    json_number(json, name, cell.number);
    break;
  case COLUMN_SUMMARY:
    put_summary(json, name, cell.summary);
    break;
  case COLUMN_INTERVAL:
    json_interval(json, name, cell.interval);
    break;
  case COLUMN_EFFECT:
    put_effect(json, name, cell.effect);
    break;
  case COLUMN_NESTED:
    cell.put(json, name, line);
    break;
  }
}

/* The columns with members of one object stand together: it is opened by the first of them. */
static void put_columns(Json *json, const Column *columns, const Line *line) {
  char open[40] = "";
  for (; columns->name; columns++) {
    if (!columns->json) continue;
    const char *point = strchr(columns->json, '.');
    int length = point ? (int)(point - columns->json) : 0;
    int is_same = (int)strlen(open) == length && strncmp(open, columns->json, strlen(open)) == 0;
    if (!is_same && open[0]) json_close(json, '}');
    if (!is_same) snprintf(open, sizeof open, "%.*s", length, columns->json);
    if (!is_same && open[0]) json_open(json, open, '{');
    put_cell(json, point ? point + 1 : columns->json, columns, line);
  }
  if (open[0]) json_close(json, '}');
}

static void put_item(Json *json, const Column *columns, const Line *line) {
  json_open(json, NULL, '{');
  put_columns(json, columns, line);
  json_close(json, '}');
}

static void put_selection(Json *json, const Selection *selection) {
  if (!selection) return;
  json_open(json, "where", '[');
  for (size_t i = 0; i < selection->n_where; i++) json_text(json, NULL, selection->where[i].text);
  json_close(json, ']');
  json_open(json, "by", '[');
  for (size_t i = 0; i < selection->n_by; i++) json_text(json, NULL, selection->by[i]);
  json_close(json, ']');
  json_count(json, "runs_read", (int64_t)selection->n_seen);
}

static void put_options(Json *json, const ComparisonOptions *options) {
  json_open(json, "options", '{');
  json_text(json, "baseline", options->baseline);
  json_number(json, "reach", options->variants.reach);
  json_number(json, "failure", options->variants.failure);
  json_number(json, "difference", options->difference);
  json_text(json, "pairs", options->variants.pairs_seeds ? "seed" : NULL);
  json_number(json, "confidence", VARIANT_CONFIDENCE);
  json_number(json, "level", COMPARISON_LEVEL);
  json_number(json, "power", COMPARISON_POWER);
  put_selection(json, options->selection);
  json_close(json, '}');
}

static void put_lines(Json *json, const Comparison *comparison, const Run **sorted) {
  json_open(json, "runs", '[');
  for (size_t i = 0; i < comparison->n_runs; i++)
    put_item(json, RUN_COLUMNS, &(Line){.comparison = comparison, .run = sorted[i]});
  json_close(json, ']');
  json_open(json, "variants", '[');
  for (size_t rank = 1; rank <= comparison->variants.n; rank++) {
    Line line = line_of_variant(comparison, rank);
    put_item(json, VARIANT_COLUMNS, &line);
  }
  json_close(json, ']');
  json_text(json, "baseline", comparison->baseline ? comparison->baseline->name : NULL);
  json_count(json, "tests", (int64_t)comparison->n_tests);
  json_open(json, "differences", '[');
  for (size_t i = 0; i < comparison->n_differences; i++)
    put_item(json, DIFFERENCE_COLUMNS,
             &(Line){.comparison = comparison, .difference = &comparison->differences[i]});
  json_close(json, ']');
}

static void put_trend_words(Json *json, const Comparison *comparison, const Trend *trend) {
  char *words = NULL;
  size_t bytes;
  FILE *text = open_memstream(&words, &bytes);
  if (text) {
    trend_print(text, comparison, trend);
    fclose(text);
  }
  json_text(json, "words", words);
  free(words);
}

static void put_trend(Json *json, const Comparison *comparison, const Trend *trend) {
  json_open(json, NULL, '{');
  json_text(json, "name", trend->name);
  put_trend_words(json, comparison, trend);
  json_text(json, "step", trend->is_logarithmic ? "doubling" : "unit");
  json_count(json, "runs", (int64_t)trend->n_runs);
  json_open(json, "levels", '[');
  for (size_t i = 0; i < trend->n; i++) {
    json_open(json, NULL, '{');
    json_number(json, "value", trend->level[i].value);
    json_text(json, "variant", trend->level[i].variant->name);
    json_close(json, '}');
  }
  json_close(json, ']');
  json_number(json, "slope", trend->slope.difference);
  json_number(json, "error", trend->slope.error);
  json_number(json, "degrees", trend->slope.degrees);
  json_interval(json, "interval", trend->slope.interval);
  json_number(json, "p", trend->slope.p);
  json_number(json, "p_holm", trend->p_holm);
  json_number(json, "p_order", trend->p_order);
  json_number(json, "p_order_holm", trend->p_order_holm);
  json_close(json, '}');
}

static void put_trends(Json *json, const Comparison *comparison) {
  json_text(json, "trend_key", comparison->trends.key);
  json_open(json, "trends", '[');
  for (size_t i = 0; i < comparison->trends.n; i++)
    put_trend(json, comparison, &comparison->trends.trend[i]);
  json_close(json, ']');
}

Status comparison_print_json(FILE *out, const Comparison *comparison) {
  const Run **sorted;
  TRY(comparison_sort_runs(&sorted, comparison));
  Json json = {.out = out};
  json_open(&json, NULL, '{');
  put_options(&json, &comparison->options);
  char *data;
  TRY(sentence_text(&data, data_sentence, comparison));
  json_text(&json, "data", data);
  free(data);
  put_lines(&json, comparison, sorted);
  free(sorted);
  put_trends(&json, comparison);
  json_open(&json, "notes", '[');
  for (size_t i = 0; i < comparison->notes.n; i++)
    json_text(&json, NULL, comparison->notes.text[i]);
  json_close(&json, ']');
  json_close(&json, '}');
  return status_ok();
}
