#include "transfer.h"

#include "field.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The first bytes: set last, so that what a process was in the middle of is nothing. */
enum { NOTHING, FAILURE, RECORD };

typedef struct Writer {
  char *memory;
  size_t room, used;
  int is_full;
} Writer;

static void put(Writer *writer, const void *bytes, size_t n) {
  if (writer->is_full || n > writer->room - writer->used) {
    writer->is_full = 1;
    return;
  }
  if (n > 0) memcpy(writer->memory + writer->used, bytes, n);
  writer->used += n;
}

static void put_number(Writer *writer, uint64_t number) {
  put(writer, &number, sizeof number);
}

/* NULL is another text than an empty one. */
static void put_text(Writer *writer, const char *text) {
  size_t n = text ? strlen(text) + 1 : 0;
  put_number(writer, n);
  put(writer, text, n);
}

static void put_field(Writer *writer, const Field *field) {
  put_text(writer, field->path);
  put_text(writer, field->description);
  put_text(writer, field->units);
  put_number(writer, (uint64_t)field->type);
  put_number(writer, (uint64_t)field->n_dims);
  for (int i = 0; i < field->n_dims; i++) put_number(writer, field->dims[i]);
  for (int i = 0; i < field->n_dims; i++) put_text(writer, field->scale[i]);
  size_t bytes = field_bytes(field);
  put_number(writer, bytes);
  put(writer, field->data, bytes);
}

void transfer_write(char *memory, size_t room, const Status *status, const Record *record) {
  Writer writer = {.memory = memory, .room = room, .used = sizeof(uint64_t)};
  uint64_t what = status->code ? FAILURE : RECORD;
  static const Status FULL = {STATUS_DATA, "damaged: what it holds is far larger than the file"};
  if (what == RECORD) {
    put_number(&writer, record->n);
    for (size_t i = 0; i < record->n; i++) put_field(&writer, &record->fields[i]);
  }
  if (what == FAILURE || writer.is_full) {
    writer = (Writer){.memory = memory, .room = room, .used = sizeof what};
    put(&writer, what == FAILURE ? status : &FULL, sizeof *status);
    what = FAILURE;
  }
  memcpy(memory, &what, sizeof what);
}

typedef struct Reader {
  const char *memory;
  size_t room, used;
  int is_bad;
} Reader;

/* The next n bytes; NULL if there are no more so many. */
static const char *take(Reader *reader, size_t n) {
  if (reader->is_bad || n > reader->room - reader->used) {
    reader->is_bad = 1;
    return NULL;
  }
  reader->used += n;
  return reader->memory + reader->used - n;
}

static uint64_t take_number(Reader *reader) {
  uint64_t number = 0;
  const char *bytes = take(reader, sizeof number);
  if (bytes) memcpy(&number, bytes, sizeof number);
  return number;
}

static const char *take_text(Reader *reader) {
  size_t n = take_number(reader);
  const char *text = n ? take(reader, n) : NULL;
  if (!text) return NULL;
  if (memchr(text, '\0', n) == text + n - 1) return text;
  reader->is_bad = 1;
  return NULL;
}

/* Whether the data are as long as type and dimensions say. */
static int is_whole(const Field *field, const char *data, size_t bytes) {
  size_t expected = field_type_bytes(field->type), n_texts = 0;
  for (int i = 0; i < field->n_dims; i++)
    if (__builtin_mul_overflow(expected, field->dims[i], &expected)) return 0;
  if (field->type != FIELD_TEXT) return bytes == expected;
  for (size_t i = 0; i < bytes; i++) n_texts += data[i] == '\0';
  if (field->n_dims == 0) return n_texts == 0;
  return n_texts == expected && (bytes == 0 || data[bytes - 1] == '\0');
}

static int is_sound(const Field *field, const char *data, size_t bytes) {
  if (!field->path || strlen(field->path) >= MAX_PATH_BYTES || !field_path_is_valid(field->path))
    return 0;
  int is_attribute = strchr(field->path, '@') != NULL;
  if (is_attribute != !field->description || is_attribute != !field->units) return 0;
  return is_whole(field, data, bytes);
}

static Status take_field(Record *record, Reader *reader) {
  Field field = {.path = (char *)(uintptr_t)take_text(reader)};
  field.description = (char *)(uintptr_t)take_text(reader);
  field.units = (char *)(uintptr_t)take_text(reader);
  uint64_t type = take_number(reader), n_dims = take_number(reader);
  if (type > FIELD_TEXT || n_dims > (type == FIELD_TEXT ? 1 : FIELD_MAX_DIMS)) reader->is_bad = 1;
  if (reader->is_bad) return status_ok();
  field.type = (FieldType)type;
  field.n_dims = (int)n_dims;
  for (int i = 0; i < field.n_dims; i++) field.dims[i] = take_number(reader);
  for (int i = 0; i < field.n_dims; i++) field.scale[i] = (char *)(uintptr_t)take_text(reader);
  size_t bytes = take_number(reader);
  const char *data = take(reader, bytes);
  if (reader->is_bad || !is_sound(&field, data, bytes)) {
    reader->is_bad = 1;
    return status_ok();
  }
  char *text = NULL;
  if (field.type == FIELD_TEXT && field.n_dims == 0) {
    data = text = strndup(data, bytes);
    if (!text) return status_error(STATUS_MEMORY, "%s: no memory", field.path);
  }
  Status status = record_put(record, field.path, field.type, field.n_dims, field.dims, data,
                             field.description, field.units);
  free(text);
  if (status.code) return status;
  Field *kept = &record->fields[record->n - 1];
  for (int i = 0; i < field.n_dims && strcmp(kept->path, field.path) == 0; i++)
    if (field.scale[i] && !kept->scale[i] && !(kept->scale[i] = strdup(field.scale[i])))
      return status_error(STATUS_MEMORY, "%s: no memory", field.path);
  return status_ok();
}

/* The data sets that are named as scales have the size of the dimension. */
static Status check_scales(const Record *record, const char *file) {
  for (size_t i = 0; i < record->n; i++)
    for (int k = 0; k < record->fields[i].n_dims; k++) {
      const Field *field = &record->fields[i];
      const Field *scale = field->scale[k] ? record_find(record, field->scale[k]) : NULL;
      if (!field->scale[k]) continue;
      if (!scale || scale == field || scale->n_dims != 1 || scale->dims[0] != field->dims[k] ||
          strchr(scale->path, '@') || strchr(field->path, '@'))
        return status_error(STATUS_DATA, "%s: %s: unexpected dimension scale %.200s", file,
                            field->path, field->scale[k]);
    }
  return status_ok();
}

static Status take_failure(Reader *reader, const char *file) {
  const char *bytes = take(reader, sizeof(Status));
  Status status;
  if (bytes) memcpy(&status, bytes, sizeof status);
  int is_known = bytes && (status.code == STATUS_DATA || status.code == STATUS_MEMORY ||
                           status.code == STATUS_FILE);
  if (!is_known || !memchr(status.text, '\0', sizeof status.text))
    return status_error(STATUS_DATA, "%s: damaged: it cannot be read", file);
  return strstr(status.text, file) ? status
                                   : status_error(status.code, "%s: %.900s", file, status.text);
}

static Status take_record(Record *record, Reader *reader, const char *file) {
  uint64_t n = take_number(reader);
  for (uint64_t i = 0; i < n && !reader->is_bad; i++) TRY(take_field(record, reader));
  if (reader->is_bad)
    return status_error(STATUS_DATA, "%s: damaged: what it holds makes no record", file);
  return check_scales(record, file);
}

Status transfer_read(Record *record, const char *file, const char *memory, size_t room) {
  Reader reader = {.memory = memory, .room = room};
  uint64_t what = take_number(&reader);
  Status status = what == RECORD ? take_record(record, &reader, file) : take_failure(&reader, file);
  if (status.code) record_free(record);
  return status;
}
