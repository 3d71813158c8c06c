#include "store/schema.h"

#include "base/log.h"
#include "base/memory.h"
#include "field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(id, path, type, shape, units, since, digest, description)                            \
  {path, type, shape, units, since, digest, description},
static const FieldRow ROWS[N_RESULT_FIELDS] = {RESULT_FIELDS(FIELD)};
#undef FIELD

static const char EVALUATED[] = "EVALUATED";

const FieldRow *result_row(ResultField field) {
  return &ROWS[field];
}

static int is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

/* Where the next varying part of a path begins, and how long its word is; NULL if there is none. */
static const char *find_word(const char *path, size_t *length) {
  while (*path && !is_capital(*path)) path++;
  *length = 0;
  while (is_capital(path[*length])) (*length)++;
  return *path ? path : NULL;
}

/* Whether the path is one of the pattern, whose words in capitals stand for one character or more
 * that are neither `/` nor `@`. */
static int matches(const char *pattern, const char *path, const char **start, size_t *length) {
  size_t word_length;
  const char *word = find_word(pattern, &word_length);
  if (!word) return strcmp(pattern, path) == 0;
  size_t before = (size_t)(word - pattern);
  if (strncmp(pattern, path, before) != 0) return 0;
  size_t most = strcspn(path + before, "/@");
  for (size_t n = 1; n <= most; n++) {
    const char *next;
    size_t next_length;
    if (!matches(word + word_length, path + before + n, &next, &next_length)) continue;
    *start = path + before;
    *length = n;
    return 1;
  }
  return 0;
}

int result_matches(ResultField field, const char *path, char *part, size_t bytes) {
  const char *start = path;
  size_t length = 0;
  if (!matches(ROWS[field].path, path, &start, &length)) return 0;
  if (part) snprintf(part, bytes, "%.*s", (int)length, start);
  return 1;
}

ResultField result_field_of(const char *path) {
  ResultField field = 0;
  while (field < N_RESULT_FIELDS && !result_matches(field, path, NULL, 0)) field++;
  return field;
}

const char *result_path(char *path, size_t bytes, ResultField field, const char *part) {
  size_t length;
  const char *pattern = ROWS[field].path, *word = find_word(pattern, &length);
  BUG_IF(word && !part);
  int used =
      word ? snprintf(path, bytes, "%.*s%s%s", (int)(word - pattern), pattern, part, word + length)
           : snprintf(path, bytes, "%s", pattern);
  BUG_IF(used < 0 || (size_t)used >= bytes);
  return path;
}

/* Of a shape that does not vary. */
static int count_dims(const char *shape) {
  int n = 0;
  for (; *shape; shape++) n += *shape == '[';
  return n;
}

static int has_open_shape(const FieldRow *row) {
  return strcmp(row->shape, "*") == 0;
}

/* The description with EVALUATED replaced, and the shape after it. */
static void describe(char *text, size_t bytes, const Record *record, const FieldRow *row,
                     const char *detail) {
  const char *set = result_text(record, RESULT_DATA_EVALUATED);
  const char *words = set && strcmp(set, "validation") == 0
                          ? "the validation split (not the test set)"
                          : "the test set";
  const char *place = strstr(row->description, EVALUATED);
  int before = place ? (int)(place - row->description) : (int)strlen(row->description);
  int used =
      snprintf(text, bytes, "%.*s%s%s%s%s%s%s", before, row->description, place ? words : "",
               place ? place + strlen(EVALUATED) : "", detail ? ": " : "", detail ? detail : "",
               row->shape[0] == '[' ? " " : "", row->shape[0] == '[' ? row->shape : "");
  BUG_IF(used < 0 || (size_t)used >= bytes);
}

static Status put(Record *record, const FieldRow *row, const char *path, FieldType type, int n_dims,
                  const size_t *dims, const void *data, const char *detail) {
  char description[512];
  if (strchr(path, '@')) return record_put(record, path, type, n_dims, dims, data, NULL, NULL);
  describe(description, sizeof description, record, row, detail);
  return record_put(record, path, type, n_dims, dims, data, description, row->units);
}

Status result_put(Record *record, ResultField field, const size_t *dims, const void *data) {
  const FieldRow *row = &ROWS[field];
  BUG_IF(row->type == FIELD_ANY || has_open_shape(row));
  return put(record, row, row->path, (FieldType)row->type, count_dims(row->shape), dims, data,
             NULL);
}

Status result_put_text(Record *record, ResultField field, const char *text) {
  BUG_IF(ROWS[field].type != FIELD_TEXT);
  return result_put(record, field, NULL, text);
}

Status result_put_texts(Record *record, ResultField field, size_t n, const char *const *text) {
  size_t bytes = 0, used = 0;
  char *all;
  for (size_t i = 0; i < n; i++) bytes += strlen(text[i]) + 1;
  TRY(memory_allocate(&all, bytes, 1, ROWS[field].path));
  for (size_t i = 0; i < n; i++, used += strlen(all + used) + 1) strcpy(all + used, text[i]);
  Status status = result_put(record, field, &n, all);
  free(all);
  return status;
}

Status result_put_integer(Record *record, ResultField field, int64_t value) {
  BUG_IF(ROWS[field].type != FIELD_INT64);
  return result_put(record, field, NULL, &value);
}

static int fits(const FieldRow *row, FieldType type, int n_dims) {
  return (row->type == FIELD_ANY || row->type == (int)type) &&
         (has_open_shape(row) || count_dims(row->shape) == n_dims);
}

Status result_put_path(Record *record, const char *path, FieldType type, int n_dims,
                       const size_t *dims, const void *data, const char *detail) {
  ResultField field = result_field_of(path);
  BUG_IF(field == N_RESULT_FIELDS || !fits(&ROWS[field], type, n_dims));
  return put(record, &ROWS[field], path, type, n_dims, dims, data, detail);
}

const Field *result_find(const Record *record, ResultField field, const char *part) {
  char path[RESULT_PATH];
  const Field *found = record_find(record, result_path(path, sizeof path, field, part));
  return found && found->data && fits(&ROWS[field], found->type, found->n_dims) ? found : NULL;
}

const char *result_text(const Record *record, ResultField field) {
  BUG_IF(ROWS[field].type != FIELD_TEXT);
  const Field *found = result_find(record, field, NULL);
  return found ? found->data : NULL;
}

int64_t result_integer(const Record *record, ResultField field, int64_t missing) {
  BUG_IF(ROWS[field].type != FIELD_INT64);
  const Field *found = record_find(record, ROWS[field].path);
  if (!found || found->n_dims > 0) return missing;
  if (found->type == FIELD_INT32) return *(const int32_t *)found->data;
  return found->type == FIELD_INT64 ? *(const int64_t *)found->data : missing;
}

const double *result_numbers(size_t *n, const Record *record, ResultField field, const char *part) {
  const Field *found = result_find(record, field, part);
  BUG_IF(ROWS[field].type != FIELD_FLOAT64 || count_dims(ROWS[field].shape) != 1);
  *n = found ? found->dims[0] : 0;
  return found ? found->data : NULL;
}
