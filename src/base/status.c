#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

Status status_ok(void) {
  return (Status){.code = STATUS_OK};
}

Status status_error(StatusCode code, const char *format, ...) {
  Status status = {.code = code};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(status.text, sizeof status.text, format, arguments);
  va_end(arguments);
  return status;
}

Status status_errno(StatusCode code, int error, const char *format, ...) {
  Status status = {.code = error == ENOMEM ? STATUS_MEMORY : code};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(status.text, sizeof status.text, format, arguments);
  va_end(arguments);
  size_t used = strlen(status.text);
  snprintf(status.text + used, sizeof status.text - used, ": %s", strerror(error));
  return status;
}
