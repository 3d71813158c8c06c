#include "base/log.h"
#include "keys/list.h"

#include <stdio.h>

enum { MAX_SHORTS = 16, SHORT_PATH = 64 };

typedef struct Shorts {
  ConfigShort entry[MAX_SHORTS];
  char path[MAX_SHORTS][SHORT_PATH];
  int n;
} Shorts;

static void add(Shorts *shorts, const char *section, const Key *key) {
  if (!key->option.name) return;
  BUG_IF(shorts->n == MAX_SHORTS);
  char *path = shorts->path[shorts->n];
  snprintf(path, SHORT_PATH, "%s%s%s", section, *section ? "." : "", key->name);
  const KeyOption *option = &key->option;
  shorts->entry[shorts->n++] =
      (ConfigShort){option->name, path, option->argument, option->help, option->accepted};
}

const ConfigShort *config_shorts(int *n) {
  static Shorts shorts;
  if (shorts.n == 0)
    for (int i = 0; i < N_CONFIG_KEYS; i++) {
      const Key *top = CONFIG_KEYS[i];
      add(&shorts, "", top);
      for (int k = 0; k < top->n_keys; k++) add(&shorts, top->name, &top->keys[k]);
    }
  *n = shorts.n;
  return shorts.entry;
}
