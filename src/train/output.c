#include "output.h"

#include "base/log.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int exists(const char *path, const char *suffix) {
  char name[4096];
  if (snprintf(name, sizeof name, "%s%s", path, suffix) >= (int)sizeof name) return 0;
  return access(name, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG);
}

int output_is_there(const char *path) {
  return exists(path, "") || exists(path, ".prev");
}

static OpenMode mode_of(const TrainOptions *options, int resume) {
  return resume ? OPEN_RESUME : options->overwrite ? OPEN_OVERWRITE : OPEN_NEW;
}

static void note_beginning(const TrainOptions *options, int resume) {
  if (options->resume && !resume)
    log_note("%s: no such file yet; starting from the beginning", options->out);
}

Status output_open(Output *output, const TrainOptions *options, int *is_resumed) {
  int resume = options->resume && output_is_there(options->out);
  Status status = result_open(&output->file, options->out, mode_of(options, resume));
  if (status.code != STATUS_OK && options->resume && !resume && output_is_there(options->out)) {
    resume = 1; /* another run has made it meanwhile */
    status = result_open(&output->file, options->out, OPEN_RESUME);
  }
  TRY(status);
  note_beginning(options, resume);
  *is_resumed = resume;
  return status_ok();
}

Status output_look(const TrainOptions *options, int *is_resumed) {
  *is_resumed = options->resume && output_is_there(options->out);
  TRY(result_look(options->out, mode_of(options, *is_resumed)));
  note_beginning(options, *is_resumed);
  return status_ok();
}

int output_is_due(const Output *output, const Config *config) {
  if (config->checkpoint.every_steps > 0 &&
      output->steps_since_checkpoint >= config->checkpoint.every_steps)
    return 1;
  return config->checkpoint.every_seconds > 0 &&
         pass_clock() - output->last_checkpoint >= config->checkpoint.every_seconds;
}

void output_fail(Output *output, Status status) {
  if (output->failure.code == STATUS_OK) output->failure = status;
}

void output_free(Output *output) {
  result_close(output->file);
  record_free(&output->record);
  history_free(&output->history);
}
