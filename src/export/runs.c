#include "runs.h"

#include "store/file.h"
#include "store/schema.h"
#include <stdio.h>
#include <string.h>

static const struct {
  const char *unit, *group, *number; /* the array with the numbers, NULL: the group has none */
} GROUPS[] = {{"epoch", "/metrics/epoch/", "/metrics/epoch/epoch"},
              {"epoch", "/timing/", "/timing/epoch"},
              {"step", "/metrics/step/", "/metrics/step/step"}};
enum { N_GROUPS = sizeof GROUPS / sizeof *GROUPS };

static const Field *numbers_of(const Record *record, const char *path) {
  for (size_t i = 0; i < record->n; i++)
    if (strcmp(record->fields[i].path, path) == 0 && record->fields[i].type == FIELD_INT64 &&
        record->fields[i].n_dims == 1)
      return &record->fields[i];
  return NULL;
}

static Status visit_group(const Record *record, int group, const RunVisitor *visitor) {
  const size_t length = strlen(GROUPS[group].group);
  const Field *at = numbers_of(record, GROUPS[group].number);
  for (size_t i = 0; i < record->n; i++) {
    const Field *field = &record->fields[i];
    if (strncmp(field->path, GROUPS[group].group, length) != 0) continue;
    if (field->type != FIELD_FLOAT64 || field->n_dims != 1) continue;
    const size_t n = field->dims[0];
    const Series series = {.unit = GROUPS[group].unit,
                           .quantity = field->path + length,
                           .values = field->data,
                           .at = at && at->dims[0] == n ? at->data : NULL,
                           .n = n};
    TRY(visitor->take(visitor->context, &series));
  }
  return status_ok();
}

static Status visit_record(size_t number, const Run *run, const Record *record,
                           const RunVisitor *visitor) {
  TRY(visitor->begin(visitor->context, number, run, record));
  for (int group = 0; group < N_GROUPS; group++) TRY(visit_group(record, group, visitor));
  return visitor->end ? visitor->end(visitor->context) : status_ok();
}

Status export_visit_runs(const ExportJob *job, const RunVisitor *visitor) {
  Status status = status_ok();
  for (size_t i = 0; i < job->n && status.code == STATUS_OK; i++) {
    Record record;
    Run run = {0};
    int used_previous;
    TRY(result_read(&record, job->files[i], &used_previous));
    status = run_from_record(&run, &record, job->files[i]);
    if (status.code == STATUS_OK) status = visit_record(i, &run, &record, visitor);
    run_free(&run);
    record_free(&record);
  }
  return status;
}
