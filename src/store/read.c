#include "store/file.h"

#include "base/log.h"
#include "contents.h"
#include "image.h"

#include <stdio.h>
#include <stdlib.h>

static Status read_as(Record *record, const char *path, Condition *condition) {
  record_init(record);
  Contents contents;
  Status status = contents_read(&contents, path);
  *condition = contents.condition;
  if (status.code) return status;
  status = image_read(record, path, contents.bytes, contents.n);
  contents_free(&contents);
  if (!status.code) return status;
  record_free(record);
  *condition = status.code == STATUS_DATA ? CONTENTS_DAMAGED : CONTENTS_REFUSED;
  return status;
}

Status result_read_exactly(Record *record, const char *path) {
  Condition condition;
  return read_as(record, path, &condition);
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
