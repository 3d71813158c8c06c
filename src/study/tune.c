#include "tune.h"

#include "axis.h"
#include "report/sweep.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status read_keys(Plan *plan, const Node *map) {
  Tune *tune = &plan->tune;
  TRY(plan_expect(plan, map, "tune.keys", NODE_MAP,
                  "a mapping of keys to lists: {optimizer.lr: [0.01, 0.1]}"));
  TRY(pool_items(plan->pool, &tune->axes, (size_t)map->n, sizeof *tune->axes));
  for (const Node *node = map->first; node; node = node->next) {
    char path[PATH_TEXT];
    snprintf(path, sizeof path, "tune.keys.%.90s", node->key);
    Axis *axis = &tune->axes[tune->n_axes];
    axis->key = plan_full_key(node->key);
    axis->line = node->line;
    if (strcmp(axis->key, "seed") == 0 || strncmp(axis->key, "data.", 5) == 0)
      return report_fault(&plan->report, node->line, path, "%s is nothing to choose", axis->key);
    TRY(plan_check_plain(plan, node, path));
    TRY(axis_read(axis, plan->pool, node, path, &plan->report));
    TRY(plan_check_axis(plan, axis, path));
    for (int i = 0; i < tune->n_axes; i++)
      if (keys_collide(axis->key, tune->axes[i].key))
        return report_fault(&plan->report, node->line, path, "%s is tuned, too", tune->axes[i].key);
    tune->n_axes++;
  }
  if (tune->n_axes > 0) return status_ok();
  return report_fault(&plan->report, map->line, "tune.keys", "names no key");
}

/* A whole number of at most `most`, or `missing` where there is no node. */
static Status read_count(Plan *plan, int *count, const Node *node, const char *path, int missing,
                         int most) {
  char shown[SHOWN_TEXT], *end;
  *count = missing;
  if (!node) return status_ok();
  TRY(plan_expect(plan, node, path, NODE_VALUE, "a whole number"));
  long n = strtol(node->value, &end, 10);
  if (*end || n < 1 || n > most)
    return report_fault(&plan->report, node->line, path,
                        "'%s'; accepted: a whole number from 1 to "
                        "%d",
                        show(shown, node->value), most);
  *count = (int)n;
  return status_ok();
}

static Status name_seeds(Plan *plan, int n, int line) {
  Axis *seeds = &plan->tune.seeds;
  TRY(pool_items(plan->pool, &seeds->values, (size_t)n, sizeof *seeds->values));
  for (int i = 0; i < n; i++) {
    Setting *setting = &seeds->values[seeds->n_values++];
    *setting = (Setting){.key = seeds->key, .line = line};
    TRY(pool_text(plan->pool, &setting->value, "%d", TUNE_FIRST_SEED + i));
    TRY(pool_text(plan->pool, &setting->place, "%s:%d: tune.seeds:", plan->report.file, line));
  }
  return status_ok();
}

static Status read_seeds(Plan *plan, const Node *node) {
  static const char PATH[] = "tune.seeds";
  Axis *seeds = &plan->tune.seeds;
  seeds->key = "seed";
  seeds->line = node ? node->line : plan->tune.line;
  int n, is_count = !node || (node->kind == NODE_VALUE && !strchr(node->value, '.'));
  if (is_count) {
    TRY(read_count(plan, &n, node, PATH, 3, TUNE_MOST_SEEDS));
    TRY(name_seeds(plan, n, seeds->line));
  } else {
    TRY(axis_read(seeds, plan->pool, node, PATH, &plan->report));
  }
  for (int i = 0; i < plan->n_axes; i++)
    for (int k = 0; k < plan->axes[i].n_values && strcmp(plan->axes[i].key, "seed") == 0; k++)
      for (int s = 0; s < seeds->n_values; s++)
        if (strcmp(seeds->values[s].value, plan->axes[i].values[k].value) == 0)
          return report_fault(&plan->report, seeds->line, PATH,
                              "%s is one of the study's own seeds; what is chosen with a seed is "
                              "not tested with it",
                              seeds->values[s].value);
  return status_ok();
}

static Status read_validation(Plan *plan, const Node *node) {
  int n;
  Setting *setting = &plan->tune.validation;
  TRY(read_count(plan, &n, node, "tune.validation", TUNE_VALIDATION, 1000000));
  *setting = (Setting){.key = "data.validation", .line = node ? node->line : plan->tune.line};
  for (int i = 0; i < plan->n_common; i++)
    if (keys_collide(plan->common[i].key, setting->key))
      return report_fault(&plan->report, plan->common[i].line, "set",
                          "%s is set, and tune holds images out by itself (tune.validation)",
                          setting->key);
  TRY(pool_text(plan->pool, &setting->value, "%d", n));
  return pool_text(plan->pool, &setting->place, "%s:%d: tune.validation:", plan->report.file,
                   setting->line);
}

Status tune_read(Plan *plan, const Node *node) {
  static const char *const KEYS[] = {"keys", "on", "validation", "seeds"};
  if (!node) return status_ok();
  TRY(plan_expect(plan, node, "tune", NODE_MAP,
                  "a mapping like {keys: {optimizer.lr: [0.01, 0.1]}}"));
  plan->tune.line = node->line;
  for (const Node *child = node->first; child; child = child->next) {
    size_t k = 0;
    while (k < sizeof KEYS / sizeof *KEYS && strcmp(KEYS[k], child->key) != 0) k++;
    if (k == sizeof KEYS / sizeof *KEYS)
      return report_fault(&plan->report, child->line, "tune",
                          "'%.60s' is unknown; accepted: keys, on, validation, seeds", child->key);
  }
  const Node *keys = node_child(node, "keys", 4), *on = node_child(node, "on", 2);
  if (!keys)
    return report_fault(&plan->report, node->line, "tune.keys",
                        "missing; what is to be chosen: {optimizer.lr: [0.01, 0.1]}");
  if (on) TRY(plan_expect(plan, on, "tune.on", NODE_VALUE, "validation"));
  if (on && strcmp(on->value, "validation") != 0)
    return report_fault(&plan->report, on->line, "tune.on",
                        "'%.60s'; accepted: validation (what is chosen on the test set is not "
                        "tested by it)",
                        on->value);
  TRY(read_keys(plan, keys));
  TRY(read_validation(plan, node_child(node, "validation", 10)));
  return read_seeds(plan, node_child(node, "seeds", 5));
}

/* The mean accuracy of a combination over seeds; NaN if not all runs are done. */
static double mean_of(const Study *tuning, const StateReport *reports, int variant,
                      int *n_diverged) {
  double sum = 0;
  int n_finished = 0;
  *n_diverged = 0;
  for (int i = variant; i < tuning->n_runs; i += tuning->n_variants) {
    *n_diverged += reports[i].state == STATE_DIVERGED;
    if (reports[i].state == STATE_FINISHED) sum += reports[i].test_accuracy;
    n_finished += reports[i].state == STATE_FINISHED;
  }
  if (n_finished + *n_diverged < tuning->n_seeds) return (double)NAN;
  return n_finished > 0 ? sum / n_finished : 0;
}

TuneChoice tune_choose(const Study *tuning, const StateReport *reports, int number) {
  TuneChoice best = {.choice = -1, .accuracy = (double)NAN};
  for (int choice = 0; choice < tuning->n_choices; choice++) {
    TuneChoice next = {.choice = choice};
    int variant = number * tuning->n_choices + choice;
    next.accuracy = mean_of(tuning, reports, variant, &next.n_diverged);
    if (isnan(next.accuracy)) return (TuneChoice){.choice = -1, .accuracy = (double)NAN};
    if (best.choice < 0 || sweep_is_better(next.accuracy, (size_t)next.n_diverged, best.accuracy,
                                           (size_t)best.n_diverged))
      best = next;
  }
  return best;
}

int tune_value(const Tune *tune, int choice, int a) {
  for (int i = tune->n_axes - 1; i > a; i--) choice /= tune->axes[i].n_values;
  return choice % tune->axes[a].n_values;
}

int tune_is_at_end(const Tune *tune, int choice, int a) {
  int value = tune_value(tune, choice, a), n = tune->axes[a].n_values;
  return n > 2 && (value == 0 || value == n - 1);
}
