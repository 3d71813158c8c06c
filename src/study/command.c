#include "command.h"

#include <stdlib.h>
#include <string.h>

static Status add_change(Command *command, Pool *pool, const ConfigChange *change) {
  int n;
  const ConfigShort *shorts = config_shorts(&n);
  for (int i = 0; i < n; i++)
    if (strcmp(change->key, shorts[i].key) == 0) {
      command->words[command->n++] = (char *)shorts[i].option;
      return pool_text(pool, &command->words[command->n++], "%s", change->value);
    }
  command->words[command->n++] = "--set";
  return pool_text(pool, &command->words[command->n++], "%s=%s", change->key, change->value);
}

Status command_make(Command *command, Pool *pool, const Study *study, const StudyRun *run,
                    const char *data) {
  size_t most = 2 * (size_t)run->n_changes + 8 + COMMAND_EXTRA;
  *command = (Command){0};
  TRY(pool_items(pool, &command->words, most, sizeof *command->words));
  command->words[command->n++] = "train";
  command->words[command->n++] = study->base;
  for (int i = 0; i < run->n_changes; i++) TRY(add_change(command, pool, &run->changes[i]));
  if (data) {
    command->words[command->n++] = "--data";
    command->words[command->n++] = (char *)data;
  }
  command->words[command->n++] = "--out";
  command->words[command->n++] = run->path;
  command->words[command->n++] = "--resume";
  return status_ok();
}

Status command_text(char **text, Pool *pool, const char *word) {
  static const char PLAIN[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/=+,-@%";
  if (*word && !word[strspn(word, PLAIN)]) return pool_text(pool, text, "%s", word);
  size_t n = 0;
  char *out;
  TRY(pool_items(pool, &out, 4 * strlen(word) + 3, 1));
  out[n++] = '\'';
  for (const char *c = word; *c; c++) {
    if (*c == '\'') {
      memcpy(out + n, "'\\''", 4);
      n += 4;
    } else {
      out[n++] = *c;
    }
  }
  out[n++] = '\'';
  *text = out;
  return status_ok();
}
