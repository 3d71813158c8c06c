#include "commands/run_options.h"

#include <stdlib.h>
#include <string.h>

Status run_options_add(RunOptions *options, int found, char *value) {
  if (options->n_changes == MAX_CHANGES)
    return status_error(STATUS_USAGE, "more than %d changes of the configuration", MAX_CHANGES);
  int i = options->n_changes, kind = found - RUN_OPTION_FIRST;
  ConfigChange *change = &options->changes[i];
  int is_short = kind < N_CONFIG_SHORT;
  *change = is_short ? (ConfigChange){CONFIG_SHORT[kind].option, CONFIG_SHORT[kind].key, value}
                     : (ConfigChange){"--set", NULL, value};
  if (!is_short) {
    char *equals = strchr(value, '=');
    if (!equals || equals == value)
      return status_error(STATUS_USAGE, "--set %s: expected KEY=VALUE, such as optimizer.lr=0.1",
                          value);
    char *key = strndup(value, (size_t)(equals - value));
    if (!key) return status_error(STATUS_MEMORY, "--set: no memory");
    options->keys[i] = key;
    change->key = key;
    change->value = equals + 1;
  }
  options->n_changes++;
  return status_ok();
}

void run_options_free(RunOptions *options) {
  for (int i = 0; i < MAX_CHANGES; i++) free(options->keys[i]);
}
