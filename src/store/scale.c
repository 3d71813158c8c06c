#include "store/schema.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 64 };

/* The row of exactly this path, words in capitals included; NULL if there is none. */
static const FieldRow *find_row(const char *path) {
  for (int i = 0; i < N_RESULT_FIELDS; i++)
    if (strcmp(result_row((ResultField)i)->path, path) == 0) return result_row((ResultField)i);
  return NULL;
}

/* The names in brackets at the end of a text: "[out][in]" of "of a linear layer [out][in]". */
static const char *last_brackets(const char *text) {
  const char *start = text + strlen(text);
  while (start > text && start[-1] == ']') {
    const char *open = start - 1;
    while (open > text && *open != '[') open--;
    if (*open != '[') break;
    start = open;
  }
  return start;
}

/* The name of a dimension of a shape such as "[epoch][layer]"; 0 if it has no such dimension. */
static int take_name(char name[NAME_BYTES], const char *shape, int dimension) {
  for (int k = 0; *shape == '['; k++) {
    int length = (int)strcspn(shape + 1, "]");
    if (k == dimension)
      return shape[1 + length] == ']' && length > 0 &&
             snprintf(name, NAME_BYTES, "%.*s", length, shape + 1) < NAME_BYTES;
    shape += 1 + length;
    shape += *shape == ']';
  }
  return 0;
}

/* Where the scale of a dimension of n elements is, and its row; NULL if it has none. */
static const FieldRow *find_scale(char scale[RESULT_PATH], const char *path, const char *name,
                                  size_t n) {
  int group = (int)(strrchr(path, '/') + 1 - path);
  if (snprintf(scale, RESULT_PATH, "%.*s%s", group, path, name) >= RESULT_PATH) return NULL;
  const FieldRow *row = find_row(scale);
  if (row) return row;
  snprintf(scale, RESULT_PATH, "/%s_SIZE", name);
  row = find_row(scale);
  if (row) snprintf(scale, RESULT_PATH, "/%s_%zu", name, n);
  return row;
}

/* The numbers from 0 to n - 1. */
static Status put_numbers(Record *record, const char *scale, size_t n) {
  int32_t *number;
  TRY(memory_allocate(&number, n, sizeof *number, scale));
  for (size_t i = 0; i < n; i++) number[i] = (int32_t)i;
  Status status = result_put_path(record, scale, FIELD_INT32, 1, &n, number, NULL);
  free(number);
  return status;
}

static Status add_scale(Record *record, const char *path, int dimension, const char *shape,
                        size_t n) {
  char name[NAME_BYTES], scale[RESULT_PATH];
  if (!take_name(name, shape, dimension)) return status_ok();
  const FieldRow *row = find_scale(scale, path, name, n);
  if (!row || strcmp(scale, path) == 0) return status_ok();
  const Field *found = record_find(record, scale);
  int is_there = found && found->n_dims == 1 && found->dims[0] == n;
  if (!is_there && row->type != FIELD_INT32) return status_ok();
  if (!is_there) TRY(put_numbers(record, scale, n));
  return record_set_scale(record, path, dimension, scale);
}

static Status add_scales(Record *record, const Field *field) {
  ResultField number = result_field_of(field->path);
  if (number == N_RESULT_FIELDS || field->n_dims == 0 || strchr(field->path, '@'))
    return status_ok();
  const char *shape = result_row(number)->shape;
  if (*shape != '[') shape = last_brackets(field->description);
  for (int k = 0; k < field->n_dims; k++)
    TRY(add_scale(record, field->path, k, shape, field->dims[k]));
  return status_ok();
}

Status result_add_scales(Record *record) {
  size_t n = record->n;
  for (size_t i = 0; i < n; i++) {
    Field field = record->fields[i]; /* the array moves when a scale is added */
    TRY(add_scales(record, &field));
  }
  return status_ok();
}
