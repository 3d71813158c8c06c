#include "columns.h"

#include "base/utf8.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Csv {
  FILE *out;
  int has_cells;
} Csv;

static void begin(Csv *csv) {
  if (csv->has_cells) fputc(',', csv->out);
  csv->has_cells = 1;
}

static void end_line(Csv *csv) {
  fputc('\n', csv->out);
  csv->has_cells = 0;
}

static void put_text(Csv *csv, const char *text) {
  begin(csv);
  if (!text[strcspn(text, ",\"\r\n")]) {
    utf8_print(csv->out, text);
    return;
  }
  fputc('"', csv->out);
  for (int n; *text; text += n ? n : 1) {
    n = utf8_length(text);
    if (*text == '"') fputc('"', csv->out);
    if (n == 0) fputs(UTF8_REPLACEMENT, csv->out);
    fwrite(text, 1, (size_t)n, csv->out);
  }
  fputc('"', csv->out);
}

static void put_number(Csv *csv, double number) {
  begin(csv);
  if (isfinite(number)) fprintf(csv->out, "%.17g", number);
}

static void put_count(Csv *csv, int64_t count) {
  begin(csv);
  if (count >= 0) fprintf(csv->out, "%" PRId64, count);
}

enum { MAX_PARTS = 16 };

/* The numbers that a cell of several has in a line, each with an end of the title. */
static const char *const SUMMARY_PARTS[] = {"mean", "deviation", "low", "high", NULL};
static const char *const INTERVAL_PARTS[] = {"low", "high", NULL};
static const char *const EFFECT_PARTS[] = {
    "mean",        "error",        "degrees",           "low",     "high",         "p",
    "p_holm",      "p_equivalent", "p_equivalent_holm", "p_ranks", "p_ranks_holm", "p_above",
    "p_above_low", "p_above_high", "correlation",       NULL};

static const char *const *parts_of(ColumnKind kind) {
  if (kind == COLUMN_SUMMARY) return SUMMARY_PARTS;
  if (kind == COLUMN_INTERVAL) return INTERVAL_PARTS;
  return kind == COLUMN_EFFECT ? EFFECT_PARTS : NULL;
}

static void take_parts(double numbers[MAX_PARTS], const Column *column, const Cell *cell) {
  const Summary *s = cell->summary;
  const Effect *e = cell->effect;
  if (column->kind == COLUMN_SUMMARY) {
    numbers[0] = s->mean;
    numbers[1] = s->deviation;
    numbers[2] = s->interval.low;
    numbers[3] = s->interval.high;
  } else if (column->kind == COLUMN_INTERVAL) {
    numbers[0] = cell->interval.low;
    numbers[1] = cell->interval.high;
  }
  if (column->kind != COLUMN_EFFECT) return;
  const TwoMeans *m = &e->means;
  const double effect[] = {m->difference,
                           m->error,
                           m->degrees,
                           m->interval.low,
                           m->interval.high,
                           m->p,
                           e->p_holm,
                           m->p_equivalent,
                           e->p_equivalent_holm,
                           e->p_ranks,
                           e->p_ranks_holm,
                           e->above.probability,
                           e->above.interval.low,
                           e->above.interval.high,
                           e->correlation};
  memcpy(numbers, effect, sizeof effect);
}

static void put_titles(Csv *csv, const Column *columns) {
  for (; columns->name; columns++) {
    const char *const *parts = parts_of(columns->kind);
    if (!columns->is_in_csv) continue;
    if (!parts) put_text(csv, columns->name);
    for (; parts && *parts; parts++) {
      begin(csv);
      fprintf(csv->out, "%s_%s", columns->name, *parts);
    }
  }
}

static void put_cell(Csv *csv, const Column *column, const Line *line) {
  Cell cell = column->value(line);
  double numbers[MAX_PARTS];
  const char *const *parts = parts_of(column->kind);
  if (parts) take_parts(numbers, column, &cell);
  for (int i = 0; parts && parts[i]; i++) put_number(csv, numbers[i]);
  if (parts) return;
  switch (column->kind) {
  case COLUMN_TEXT:
    put_text(csv, cell.text ? cell.text : "");
    break;
  case COLUMN_COUNT:
  case COLUMN_OUT_OF:
    put_count(csv, cell.count);
    break;
  default:
    put_number(csv, cell.number);
  }
}

static void put_line(Csv *csv, const Column *columns, const Line *line) {
  for (; columns->name; columns++)
    if (columns->is_in_csv) put_cell(csv, columns, line);
}

void comparison_print_csv(FILE *out, const Comparison *comparison) {
  Csv csv = {.out = out};
  put_titles(&csv, VARIANT_COLUMNS);
  put_titles(&csv, DIFFERENCE_COLUMNS);
  end_line(&csv);
  for (size_t rank = 1; rank <= comparison->variants.n; rank++) {
    Line line = line_of_variant(comparison, rank);
    put_line(&csv, VARIANT_COLUMNS, &line);
    put_line(&csv, DIFFERENCE_COLUMNS, &line);
    end_line(&csv);
  }
}

Status comparison_print_csv_runs(FILE *out, const Comparison *comparison) {
  const Run **sorted;
  TRY(comparison_sort_runs(&sorted, comparison));
  Csv csv = {.out = out};
  put_titles(&csv, RUN_COLUMNS);
  end_line(&csv);
  for (size_t i = 0; i < comparison->n_runs; i++) {
    put_line(&csv, RUN_COLUMNS, &(Line){.comparison = comparison, .run = sorted[i]});
    end_line(&csv);
  }
  free(sorted);
  return status_ok();
}
