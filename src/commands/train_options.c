#include "train_options.h"

#include "data/format.h"
#include "nn/kinds.h"
#include "train/file_name.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *train_words_data(const TrainWords *words) {
  return data_given(words->data);
}

static Status default_out(char out[TRAIN_OUT_BYTES], const Config *config, const TrainWords *words,
                          const char *file) {
  Config *base;
  TRY(config_read(&base, &NETWORK_KINDS, file, NULL, 0));
  Status status =
      file_name_of_run(out, TRAIN_OUT_BYTES, config, base, train_words_data(words), words->init);
  config_free(base);
  return status;
}

Status train_words_resolve(Config **config, char out[TRAIN_OUT_BYTES], const TrainWords *words,
                           const char *file) {
  const Changes *changes = &words->changes;
  *config = NULL;
  if (words->trace_steps && !words->trace)
    return status_error(STATUS_USAGE, "train: --trace-steps: needs --trace FILE");
  TRY(config_read(config, &NETWORK_KINDS, file, changes->change, changes->n));
  if (!words->out) TRY(default_out(out, *config, words, file));
  if (words->out && snprintf(out, TRAIN_OUT_BYTES, "%s", words->out) >= TRAIN_OUT_BYTES)
    return status_error(STATUS_USAGE, "--out %.40s...: longer than %d characters", words->out,
                        TRAIN_OUT_BYTES - 1);
  if (words->trace && !strcmp(words->trace, out))
    return status_error(STATUS_USAGE, "--trace %.200s: is the result file", words->trace);
  return status_ok();
}
