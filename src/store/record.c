#include "store/record.h"

#include "base/log.h"
#include "base/memory.h"
#include "field.h"

#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  size_t bytes;
} TYPES[] = {
    [FIELD_FLOAT32] = {"float32", 4}, [FIELD_FLOAT64] = {"float64", 8},
    [FIELD_INT32] = {"int32", 4},     [FIELD_INT64] = {"int64", 8},
    [FIELD_UINT8] = {"uint8", 1},     [FIELD_TEXT] = {"text", 1},
};

const char *field_type_name(FieldType type) {
  return TYPES[type].name;
}

size_t field_type_bytes(FieldType type) {
  return TYPES[type].bytes;
}

int field_path_is_valid(const char *path) {
  if (path[0] != '/') return 0;
  const char *end = strchr(path, '@');
  if (!end) end = path + strlen(path);
  if (*end == '@' && end[1] == '\0') return 0;
  if (end == path + 1) return *end == '@';
  for (const char *c = path; c < end; c++)
    if (*c == '/' && (c + 1 == end || c[1] == '/')) return 0;
  return 1;
}

size_t field_elements(const Field *field) {
  size_t n = 1;
  for (int i = 0; i < field->n_dims; i++) n *= field->dims[i];
  return n;
}

/* Of an array with the NULs. */
static size_t text_bytes(const char *text, const Field *field) {
  if (field->n_dims == 0) return strlen(text);
  size_t bytes = 0;
  for (size_t i = 0; i < field->dims[0]; i++) bytes += strlen(text + bytes) + 1;
  return bytes;
}

size_t field_bytes(const Field *field) {
  if (field->type == FIELD_TEXT) return text_bytes(field->data, field);
  return field_elements(field) * TYPES[field->type].bytes;
}

void record_init(Record *record) {
  *record = (Record){0};
}

static void free_field(Field *field) {
  free(field->path);
  free(field->data);
  free(field->description);
  free(field->units);
  for (int i = 0; i < FIELD_MAX_DIMS; i++) free(field->scale[i]);
}

void record_free(Record *record) {
  for (size_t i = 0; i < record->n; i++) free_field(&record->fields[i]);
  free(record->fields);
  record_init(record);
}

static Status copy(void *out, const void *in, size_t bytes, const char *what) {
  void **place = out;
  TRY(memory_allocate(place, bytes, 1, what));
  if (bytes > 0) memcpy(*place, in, bytes);
  return status_ok();
}

static Status copy_text(char **out, const char *text, const char *what) {
  *out = NULL;
  return text ? copy(out, text, strlen(text) + 1, what) : status_ok();
}

static Status fill(Field *field, const char *path, const void *data, const char *description,
                   const char *units) {
  size_t bytes = TYPES[field->type].bytes;
  for (int i = 0; i < field->n_dims; i++)
    if (__builtin_mul_overflow(bytes, field->dims[i], &bytes))
      return status_error(STATUS_MEMORY, "%s: larger than can be addressed", path);
  if (field->type == FIELD_TEXT) bytes = text_bytes(data, field) + (field->n_dims == 0);
  TRY(copy_text(&field->path, path, path));
  TRY(copy_text(&field->description, description, path));
  TRY(copy_text(&field->units, units, path));
  return copy(&field->data, data, bytes, path);
}

static Field *find(const Record *record, const char *path) {
  for (size_t i = 0; i < record->n; i++)
    if (strcmp(record->fields[i].path, path) == 0) return &record->fields[i];
  return NULL;
}

const Field *record_find(const Record *record, const char *path) {
  return find(record, path);
}

const Field *record_array(const Record *record, const char *path, FieldType type, int n_dims) {
  const Field *field = find(record, path);
  return field && field->type == type && field->n_dims == n_dims ? field : NULL;
}

static Status make_room(Record *record) {
  if (record->n < record->capacity) return status_ok();
  size_t capacity = record->capacity ? 2 * record->capacity : 64;
  Field *fields = realloc(record->fields, capacity * sizeof *fields);
  if (!fields) return status_error(STATUS_MEMORY, "no memory for %zu result fields", capacity);
  record->fields = fields;
  record->capacity = capacity;
  return status_ok();
}

Status record_put(Record *record, const char *path, FieldType type, int n_dims, const size_t *dims,
                  const void *data, const char *description, const char *units) {
  BUG_IF(!field_path_is_valid(path));
  BUG_IF(n_dims < 0 || n_dims > FIELD_MAX_DIMS || (type == FIELD_TEXT && n_dims > 1));
  int is_attribute = strchr(path, '@') != NULL;
  BUG_IF(is_attribute != !description || is_attribute != !units);
  TRY(make_room(record));
  Field field = {.type = type, .n_dims = n_dims};
  for (int i = 0; i < n_dims; i++) field.dims[i] = dims[i];
  Status status = fill(&field, path, data, description, units);
  if (status.code != STATUS_OK) {
    free_field(&field);
    return status;
  }
  Field *old = find(record, path);
  if (old) {
    for (int i = 0; i < n_dims && n_dims == old->n_dims; i++) {
      field.scale[i] = old->scale[i];
      old->scale[i] = NULL;
    }
    free_field(old);
    *old = field;
  } else {
    record->fields[record->n++] = field;
  }
  return status_ok();
}

Status record_put_text(Record *record, const char *path, const char *text,
                       const char *description) {
  return record_put(record, path, FIELD_TEXT, 0, NULL, text, description, "1");
}

Status record_put_attribute_text(Record *record, const char *path, const char *text) {
  BUG_IF(!strchr(path, '@'));
  return record_put(record, path, FIELD_TEXT, 0, NULL, text, NULL, NULL);
}

Status record_put_attribute_number(Record *record, const char *path, double value) {
  BUG_IF(!strchr(path, '@'));
  return record_put(record, path, FIELD_FLOAT64, 0, NULL, &value, NULL, NULL);
}

Status record_put_attribute_integer(Record *record, const char *path, int64_t value) {
  BUG_IF(!strchr(path, '@'));
  return record_put(record, path, FIELD_INT64, 0, NULL, &value, NULL, NULL);
}

Status record_set_scale(Record *record, const char *path, int dimension, const char *scale) {
  Field *field = find(record, path);
  const Field *target = find(record, scale);
  BUG_IF(!field || !target || field == target);
  BUG_IF(dimension < 0 || dimension >= field->n_dims || target->n_dims != 1);
  BUG_IF(strchr(path, '@') || strchr(scale, '@'));
  char *name;
  TRY(copy_text(&name, scale, path));
  free(field->scale[dimension]);
  field->scale[dimension] = name;
  return status_ok();
}

void record_remove(Record *record, const char *path) {
  Field *field = find(record, path);
  if (!field) return;
  free_field(field);
  record->n--;
  memmove(field, field + 1, (size_t)(record->fields + record->n - field) * sizeof *field);
}

Status record_get(const Record *record, const char *file, const char *path, FieldType type,
                  size_t n_elements, void *data) {
  BUG_IF(type == FIELD_TEXT);
  const Field *field = find(record, path);
  if (!field)
    return status_error(STATUS_DATA, "%s: %s is missing; expected %zu of type %s", file, path,
                        n_elements, TYPES[type].name);
  size_t n = field_elements(field);
  if (field->type != type || n != n_elements)
    return status_error(STATUS_DATA, "%s: %s holds %zu of type %s; expected %zu of type %s", file,
                        path, n, TYPES[field->type].name, n_elements, TYPES[type].name);
  if (n > 0) memcpy(data, field->data, field_bytes(field));
  return status_ok();
}
