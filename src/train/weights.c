#include "model_visit.h"
#include "train/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char FOLDER[] = "/model/";

/* "8 x 1 x 3 x 3", of a scalar "a scalar". */
static const char *shape_text(char *text, size_t bytes, int n_dims, const size_t *dims) {
  size_t used = 0;
  snprintf(text, bytes, "a scalar");
  for (int i = 0; i < n_dims && used < bytes; i++)
    used += (size_t)snprintf(text + used, bytes - used, "%s%zu", i ? " x " : "", dims[i]);
  return text;
}

typedef struct Reading {
  const Record *record;
  const char *file;
} Reading;

static Status check(const Field *field, const Reading *reading, const char *name, FieldType type,
                    int n_dims, const size_t *dims) {
  char wanted[100], found[100];
  int is_float = field->type == FIELD_FLOAT32 || field->type == FIELD_FLOAT64;
  int is_integer = field->type == FIELD_INT32 || field->type == FIELD_INT64;
  shape_text(wanted, sizeof wanted, n_dims, dims);
  shape_text(found, sizeof found, field->n_dims, field->dims);
  if (strcmp(wanted, found) != 0)
    return status_error(STATUS_DATA, "%s: %s is %s; the network's is %s", reading->file, name,
                        found, wanted);
  if (type == FIELD_FLOAT32 ? is_float : is_integer) return status_ok();
  return status_error(STATUS_DATA, "%s: %s does not hold %s", reading->file, name,
                      type == FIELD_FLOAT32 ? "floating-point numbers" : "integers");
}

static Status take_floats(float *to, const Field *field, const Reading *reading, const char *name) {
  size_t n = field_elements(field);
  for (size_t i = 0; i < n; i++) {
    to[i] = field->type == FIELD_FLOAT64 ? (float)((const double *)field->data)[i]
                                         : ((const float *)field->data)[i];
    if (!isfinite(to[i]))
      return status_error(STATUS_DATA, "%s: %s holds a value that is not finite as a float",
                          reading->file, name);
  }
  return status_ok();
}

static Status take(void *context, const char *path, FieldType type, int n_dims, const size_t *dims,
                   void *data, const char *detail) {
  (void)detail;
  const Reading *reading = context;
  const char *name = path + strlen(FOLDER);
  const Field *field = record_find(reading->record, path);
  if (!field)
    return status_error(STATUS_DATA, "%s: %s is missing; the network has it", reading->file, name);
  TRY(check(field, reading, name, type, n_dims, dims));
  if (type == FIELD_FLOAT32) return take_floats(data, field, reading, name);
  *(int64_t *)data =
      field->type == FIELD_INT64 ? *(const int64_t *)field->data : *(const int32_t *)field->data;
  return status_ok();
}

typedef struct Search {
  const char *path;
  int is_found;
} Search;

static Status look(void *context, const char *path, FieldType type, int n_dims, const size_t *dims,
                   void *data, const char *detail) {
  (void)type, (void)n_dims, (void)dims, (void)data, (void)detail;
  Search *search = context;
  search->is_found |= strcmp(search->path, path) == 0;
  return status_ok();
}

/* A weight left aside would make another network of it without a word. */
static Status check_all_used(Network *network, const Record *record, const char *file) {
  for (size_t i = 0; i < record->n; i++) {
    Search search = {record->fields[i].path, 0};
    if (strncmp(search.path, FOLDER, strlen(FOLDER)) != 0 || strchr(search.path, '@')) continue;
    TRY(model_visit(network, network->parameters, FOLDER, look, &search));
    if (!search.is_found)
      return status_error(STATUS_DATA, "%s: %s is not in the network", file,
                          search.path + strlen(FOLDER));
  }
  return status_ok();
}

Status model_read_weights(Network *network, const Record *record, const char *file) {
  Reading reading = {record, file};
  TRY(model_visit(network, network->parameters, FOLDER, take, &reading));
  TRY(check_all_used(network, record, file));
  network_pack(network);
  return status_ok();
}
