#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const StatusRow STATUS_ROWS[N_STATUS_ROWS] = {
    {STATUS_OK, "All has been done."},
    {STATUS_FAILED, "There is a bug, MPI has failed, or a run of a study was killed."},
    {STATUS_USAGE, "The command line or the configuration is wrong."},
    {STATUS_FILE, "The file system has failed: a file cannot be found, opened, read or written."},
    {STATUS_DATA, "A file holds what it must not: it is damaged, or its parts contradict each "
                  "other."},
    {STATUS_NUMBERS, "The run has diverged: the loss is not finite, or a sum is out of range."},
    {STATUS_MEMORY, "There is not enough memory."},
    {STATUS_STALLED,
     "Nothing went on for watchdog.seconds (300), and standard error names ranks, steps, phases "
     "and layers; or ranks did not start or end together within NORMLAB_START_SECONDS (300); or "
     "watch --once finds a run that seems dead."},
    {STATUS_STOPPED,
     "The run was stopped, on request (Ctrl-C or another signal) or for its time limit, "
     "and has saved a checkpoint: the same command with --resume goes on."}};

const char *status_meaning(StatusCode code) {
  for (int i = 0; i < N_STATUS_ROWS; i++)
    if (STATUS_ROWS[i].code == code) return STATUS_ROWS[i].meaning;
  return "This is no exit status of the program.";
}

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
