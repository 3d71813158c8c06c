#ifndef NORMLAB_COMMANDS_RUN_OPTIONS_H
#define NORMLAB_COMMANDS_RUN_OPTIONS_H
#include "config/config.h"

/* Options that change a configuration, shared by the commands that take one: --norm, --seed,
 * --epochs,
 * --batch and --set KEY=VALUE, in the order given. */
enum { MAX_CHANGES = 200 };

typedef struct RunOptions {
  ConfigChange changes[MAX_CHANGES];
  int n_changes;
  char *keys[MAX_CHANGES]; /* of --set, owned */
} RunOptions;

/* Rows for getopt_long's table, with values from RUN_OPTION_FIRST on: those of CONFIG_SHORT in its
 * order, then --set. */
enum { RUN_OPTION_FIRST = 1000 };
#define RUN_OPTIONS                                                                                \
  {"norm", required_argument, NULL, RUN_OPTION_FIRST},                                             \
      {"seed", required_argument, NULL, RUN_OPTION_FIRST + 1},                                     \
      {"epochs", required_argument, NULL, RUN_OPTION_FIRST + 2},                                   \
      {"batch", required_argument, NULL, RUN_OPTION_FIRST + 3}, {                                  \
    "set", required_argument, NULL, RUN_OPTION_FIRST + 4                                           \
  }
#define RUN_OPTIONS_HELP                                                                           \
  "  --norm SPEC       none, batch, batch:N, layer, layer:chw, layer:w, group:G, group:c/N,\n"     \
  "                    instance\n"                                                                 \
  "  --seed N          of weights, order and dropout\n"                                            \
  "  --epochs N        passes over the train set; 0 writes the initial state\n"                    \
  "  --batch N         samples of a step, over all ranks\n"                                        \
  "  --set KEY=VALUE   any key of the configuration: --set optimizer.lr=0.1\n"

/* Takes one of the options above. */
Status run_options_add(RunOptions *options, int found, char *value) MUST_CHECK;
void run_options_free(RunOptions *options);

#endif
