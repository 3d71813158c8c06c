#include "train_options.h"

#include "nn/kinds.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *train_words_data(const TrainWords *words) {
  const char *data = words->data ? words->data : getenv("NORMLAB_DATA");
  return data && *data ? data : NULL;
}

/* results/<config>-<norm>-s<seed>.h5, with the norm's : and / as -. */
static Status default_out(char *path, size_t bytes, const Config *config) {
  char spec[NORM_SPEC_TEXT];
  norm_spec_text(spec, config->network.norm);
  for (char *c = spec; *c; c++)
    if (*c == ':' || *c == '/') *c = '-';
  int n = snprintf(path, bytes, "results/%s-%s-s%llu.h5", config->name, spec,
                   (unsigned long long)config->seed);
  if (n >= (int)bytes || strchr(config->name, '/'))
    return status_error(STATUS_USAGE, "name: %.200s: makes no file name; give --out FILE",
                        config->name);
  return status_ok();
}

Status train_words_resolve(Config **config, char out[TRAIN_OUT_BYTES], const TrainWords *words,
                           const char *file) {
  const Changes *changes = &words->changes;
  *config = NULL;
  if (words->trace_steps && !words->trace)
    return status_error(STATUS_USAGE, "train: --trace-steps: needs --trace FILE");
  TRY(config_read(config, &NETWORK_KINDS, file, changes->change, changes->n));
  if (!words->out) TRY(default_out(out, TRAIN_OUT_BYTES, *config));
  if (words->out && snprintf(out, TRAIN_OUT_BYTES, "%s", words->out) >= TRAIN_OUT_BYTES)
    return status_error(STATUS_USAGE, "--out %.40s...: longer than %d characters", words->out,
                        TRAIN_OUT_BYTES - 1);
  if (words->trace && !strcmp(words->trace, out))
    return status_error(STATUS_USAGE, "--trace %.200s: is the result file", words->trace);
  return status_ok();
}
