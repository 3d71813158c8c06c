#include "exporters.h"
#include "report/csv_write.h"
#include "report/variant.h"
#include "runs.h"
#include "store/replace.h"
#include <stdlib.h>
#include <string.h>

typedef struct CsvTable {
  Csv csv;
  const Run *run;
  const Variants *variants; /* their names are those of compare */
} CsvTable;

static const char *variant_of(const Variants *variants, const char *file) {
  for (size_t i = 0; i < variants->n; i++)
    for (size_t k = 0; k < variants->variant[i].n_runs; k++)
      if (strcmp(variants->variant[i].runs[k]->file, file) == 0) return variants->variant[i].name;
  return "";
}

static Status begin(void *context, size_t number, const Run *run, const Record *record) {
  CsvTable *table = context;
  (void)number;
  (void)record;
  table->run = run;
  return status_ok();
}

static Status take(void *context, const Series *series) {
  CsvTable *table = context;
  for (size_t i = 0; i < series->n; i++) {
    csv_put_text(&table->csv, table->run->file);
    csv_put_text(&table->csv, variant_of(table->variants, table->run->file));
    csv_put_text(&table->csv, table->run->norm);
    csv_put_text(&table->csv, table->run->seed);
    csv_put_text(&table->csv, table->run->status);
    csv_put_text(&table->csv, series->unit);
    csv_put_count(&table->csv, series->at ? series->at[i] : (int64_t)i + 1);
    csv_put_text(&table->csv, series->quantity);
    csv_put_number(&table->csv, series->values[i]);
    csv_end_line(&table->csv);
  }
  return status_ok();
}

static Status put_table(FILE *out, const ExportJob *job, const Variants *variants) {
  static const char *const COLUMNS[] = {"file", "variant", "norm",     "seed", "status",
                                        "unit", "number",  "quantity", "value"};
  CsvTable table = {.csv = {.out = out}, .variants = variants};
  const RunVisitor visitor = {.context = &table, .begin = begin, .take = take};
  for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++)
    csv_put_text(&table.csv, COLUMNS[i]);
  csv_end_line(&table.csv);
  return export_visit_runs(job, &visitor);
}

static Status write_table(const ExportJob *job, const char *target, const Variants *variants) {
  char *text = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&text, &bytes);
  Status status = out ? put_table(out, job, variants) : status_ok();
  if (!out || fclose(out) != 0)
    status = status_error(STATUS_MEMORY, "%s: no memory for its contents", target);
  if (status.code == STATUS_OK) status = file_replace(target, text, bytes);
  free(text);
  return status;
}

static Status name_runs(Variants *variants, Run *runs, size_t *n, const ExportJob *job) {
  Notes notes = {0};
  for (; *n < job->n; ++*n) TRY(run_read(&runs[*n], job->files[*n]));
  Status status = variants_make(variants, runs, *n, &(VariantOptions){.reach = 1}, &notes);
  notes_free(&notes);
  return status;
}

Status export_csv(const ExportJob *job, const char *target) {
  Variants variants = {0};
  size_t n = 0;
  Run *runs = calloc(job->n, sizeof *runs);
  if (!runs) return status_error(STATUS_MEMORY, "%s: no memory for runs", target);
  Status status = name_runs(&variants, runs, &n, job);
  if (status.code == STATUS_OK) status = write_table(job, target, &variants);
  variants_free(&variants);
  for (size_t i = 0; i < n; i++) run_free(&runs[i]);
  free(runs);
  return status;
}
