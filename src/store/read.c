#include "store/file.h"

#include "apart.h"
#include "base/log.h"
#include "header.h"
#include "image.h"

#include <stdio.h>
#include <stdlib.h>

static Status read_bytes(Record *record, const char *file, const Contents *contents) {
  return image_read(record, file, contents->bytes, contents->n);
}

/* Reads a file whose header is whole and whose content has another check sum than the header says,
 * if HDF5 can. */
static Status read_changed(Record *record, const char *path) {
  Contents contents;
  record_init(record);
  TRY(contents_read_any(&contents, path));
  Status status = read_apart(record, path, &contents, read_bytes);
  contents_free(&contents);
  return status;
}

/* Says more of a file that is not as it was written, if there is more to say. */
static Status explain(Status status, const char *path, const Contents *contents) {
  Record record;
  if (contents->condition != CONTENTS_DAMAGED || contents->header.length == 0) return status;
  Status other = read_changed(&record, path);
  record_free(&record);
  if (other.code) return status;
  return status_error(
      STATUS_DATA,
      "%s: changed by another program since normlab wrote it%s: its check sum is "
      "another, but HDF5 can read it; normlab note --reseal FILE takes it as it is, "
      "if that was meant",
      path, contents->has_length ? ", or damaged" : "");
}

static Status read_as(Record *record, const char *path, Condition *condition) {
  record_init(record);
  Contents contents;
  Status status = contents_read(&contents, path);
  *condition = contents.condition;
  if (status.code) return explain(status, path, &contents);
  status = read_apart(record, path, &contents, read_bytes);
  contents_free(&contents);
  if (!status.code) return status;
  *condition = status.code == STATUS_DATA ? CONTENTS_DAMAGED : CONTENTS_REFUSED;
  return status;
}

Status result_read_exactly(Record *record, const char *path) {
  Condition condition;
  return read_as(record, path, &condition);
}

Status result_read_changed(Record *record, const char *path, int *is_changed) {
  *is_changed = 0;
  Contents contents;
  Status status = contents_read(&contents, path);
  contents_free(&contents);
  if (!status.code) return result_read_exactly(record, path);
  record_init(record);
  if (contents.condition != CONTENTS_DAMAGED || contents.header.length == 0) return status;
  *is_changed = 1;
  return read_changed(record, path);
}

Status result_read(Record *record, const char *path, int *used_previous) {
  *used_previous = 0;
  Condition condition, previous_condition;
  Status status = read_as(record, path, &condition);
  if (condition == CONTENTS_GOOD || condition == CONTENTS_REFUSED) return status;
  char *real = realpath(path, NULL); /* a link's FILE.prev is beside what it points to */
  char *previous = NULL;
  int length = asprintf(&previous, "%s.prev", real ? real : path);
  free(real);
  if (length < 0) return status_error(STATUS_MEMORY, "%s: no memory for its name", path);
  Status other = read_as(record, previous, &previous_condition);
  if (!other.code) {
    log_warning("%s; reading the generation before it, %s", status.text, previous);
    *used_previous = 1;
    status = other;
  } else if (condition == CONTENTS_MISSING && previous_condition != CONTENTS_MISSING) {
    status = other;
  } else if (previous_condition != CONTENTS_MISSING) {
    status =
        status_error(status.code, "%s; and the generation before it: %s", status.text, other.text);
  }
  free(previous);
  return status;
}
