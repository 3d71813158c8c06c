#include "advise_parts.h"
#include "study/state.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the time of a step does not depend on, and what that of a run does not depend on: keys, or
 * the beginnings of keys with a dot at the end. */
static const char *const NOT_SPEED[] = {"name",        "seed",           "training.epochs",
                                        "data.",       "training.steps", "evaluate.",
                                        "checkpoint.", "watchdog.",      NULL};
static const char *const NOT_TIME[] = {"name", "seed", "checkpoint.", "watchdog.", NULL};
/* Values of these sections change no time, but their types do. */
static const char *const TYPED[] = {"optimizer.", "schedule.", NULL};

static int begins(const char *path, const char *const *names) {
  for (; *names; names++) {
    const size_t n = strlen(*names);
    if (strncmp(path, *names, n) == 0 && ((*names)[n - 1] == '.' || !path[n])) return 1;
  }
  return 0;
}

typedef struct KindKey {
  FILE *out;
  const char *const *without;
} KindKey;

static void add_value(void *context, const ConfigValue *value) {
  const KindKey *key = context;
  const char *dot = strrchr(value->path, '.');
  if (begins(value->path, key->without)) return;
  if (begins(value->path, TYPED) && strcmp(dot, ".type") != 0) return;
  fprintf(key->out, "%s: %s\n", value->path, value->text);
}

static Status key_text(char **text, Pool *pool, const Config *config, const char *const *without) {
  size_t bytes;
  FILE *out = open_memstream(text, &bytes);
  if (!out) return status_error(STATUS_MEMORY, "advise: no memory");
  config_visit(config, add_value, &(KindKey){out, without});
  const int failed = fclose(out) != 0;
  TRY(pool_keep(pool, *text));
  return failed ? status_error(STATUS_MEMORY, "advise: no memory") : status_ok();
}

static Status add_run(RunKind *kinds, int *n, Pool *pool, const Config *config, int is_left) {
  RunKind kind = {.config = config};
  int k = 0;
  TRY(key_text(&kind.all, pool, config, NOT_TIME));
  while (k < *n && strcmp(kinds[k].all, kind.all) != 0) k++;
  if (k == *n) {
    TRY(key_text(&kind.speed, pool, config, NOT_SPEED));
    kinds[(*n)++] = kind;
  }
  kinds[k].n_runs++;
  kinds[k].n_left += is_left;
  return status_ok();
}

static Status add_study(RunKind *kinds, int *n, Pool *pool, const Study *study) {
  for (int i = 0; i < study->n_runs; i++) {
    StateReport report;
    state_look(&report, &study->runs[i]);
    const int is_done = report.state == STATE_FINISHED || report.state == STATE_DIVERGED;
    TRY(add_run(kinds, n, pool, study->runs[i].config, !is_done));
  }
  return status_ok();
}

Status kinds_find(RunKind **kinds, int *n, Pool *pool, const AdviseRequest *request) {
  const Study *study = request->study;
  const int n_first = study && study->tuning ? study->tuning->n_runs : 0;
  *n = 0;
  TRY(pool_items(pool, kinds, (size_t)(study ? study->n_runs + n_first : 1), sizeof **kinds));
  if (!study) return add_run(*kinds, n, pool, request->config, 1);
  if (study->tuning) TRY(add_study(*kinds, n, pool, study->tuning));
  return add_study(*kinds, n, pool, study);
}
