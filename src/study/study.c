#include "study/study.h"

#include "config/label.h"
#include "distinct.h"
#include "nn/kinds.h"
#include "plan.h"
#include "tune.h"
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 200 };

typedef struct Maker {
  Study *study;
  Pool *pool;
  Plan plan;
  const char *base;            /* NULL: that of the file */
  const ConfigChange *changes; /* of the command line */
  int n_changes;
  const Axis *seeds; /* NULL: the base's */
  const Axis **axes; /* the others */
  int *place;        /* [n_axes]: the values of the variant at hand */
  int n_axes;
  int n_more_seeds;         /* 0: the seeds are those of the file */
  int is_tuning;            /* the first of two stages */
  const TuneChoice *choice; /* [n_variants] of the second; NULL: nothing is chosen */
} Maker;

/* Whether a norm as an axis is the name of the variants. */
static int names_variant(const Maker *m, const Axis *axis) {
  return m->plan.variants[0].line == 0 && strcmp(axis->key, "network.norm") == 0;
}

static Status join(Pool *pool, char **path, const char *folder, const char *rest) {
  int is_whole = rest[0] == '/' || strcmp(folder, ".") == 0;
  return pool_text(pool, path, "%s%s%s", is_whole ? "" : folder, is_whole ? "" : "/", rest);
}

static Status find_base(Maker *m) {
  const char *base = m->plan.base;
  char *folder, *path, *short_path;
  struct stat found, other;
  if (m->base) return pool_text(m->pool, &m->study->base, "%s", m->base);
  TRY(pool_text(m->pool, &folder, "%s", m->study->file));
  folder = dirname(folder);
  TRY(join(m->pool, &path, folder, base));
  m->study->base = path;
  if (stat(path, &found) != 0)
    return report_fault(&m->plan.report, m->plan.base_line, "base",
                        "there is no file %s (it is looked for from the study file's folder)",
                        path);
  /* configs/studies/../s6.yaml reads better without the detour, unless that is a link. */
  const char *slash = strrchr(folder, '/'), *last = slash ? slash + 1 : folder;
  if (strncmp(base, "../", 3) != 0 || !*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
    return status_ok();
  TRY(join(m->pool, &short_path, dirname(folder), base + 3));
  if (stat(short_path, &other) == 0 && other.st_ino == found.st_ino && other.st_dev == found.st_dev)
    m->study->base = short_path;
  return status_ok();
}

static Status find_name(Maker *m, const char *folder) {
  Study *study = m->study;
  const char *given = m->plan.name;
  if (!given) {
    char *file;
    TRY(pool_text(m->pool, &file, "%s", study->file));
    file = basename(file);
    char *dot = strrchr(file, '.');
    if (dot && dot > file) *dot = '\0';
    given = file;
  }
  TRY(pool_text(m->pool, &study->name, "%s", given));
  char *same;
  TRY(pool_text(m->pool, &same, "%s", given));
  (void)label_slug(same);
  if (!*same || strcasecmp(same, given) != 0 || strlen(same) > 64 || same[0] == '.')
    return report_fault(&m->plan.report, 0, "name",
                        "'%.60s' is no name for a folder; accepted: letters, digits, . _ -", given);
  if (folder) return pool_text(m->pool, &study->folder, "%s", folder);
  const DataFormat *drawn = data_format_drawn(study->input);
  return pool_text(m->pool, &study->folder, "results/%s%s%s", given, drawn ? "-" : "",
                   drawn ? drawn->name : "");
}

/* Appends an axis of variants. */
static void add_axis(Maker *m, const Axis *axis) {
  m->study->axes[m->n_axes] = axis->key;
  m->axes[m->n_axes++] = axis;
}

static void sort_axes(Maker *m) {
  for (int i = 0; i < m->plan.n_axes; i++) {
    const Axis *axis = &m->plan.axes[i];
    if (strcmp(axis->key, "seed") == 0) {
      m->seeds = axis;
      continue;
    }
    add_axis(m, axis);
  }
  m->study->n_choices = 1;
  for (int i = 0; i < m->plan.tune.n_axes && m->is_tuning; i++) {
    add_axis(m, &m->plan.tune.axes[i]);
    m->study->n_choices *= m->plan.tune.axes[i].n_values;
  }
  if (m->is_tuning) m->seeds = &m->plan.tune.seeds;
  m->study->n_axes = m->n_axes;
}

/* Puts seeds that count up from the first of the file in place of its own. */
static Status count_seeds(Maker *m) {
  Axis *axis;
  const int line = m->seeds ? m->seeds->line : 0;
  const unsigned long long first = m->seeds ? strtoull(m->seeds->values[0].value, NULL, 10) : 1;
  TRY(pool_items(m->pool, &axis, 1, sizeof *axis));
  *axis = (Axis){.key = "seed", .n_values = m->n_more_seeds, .line = line};
  TRY(pool_items(m->pool, &axis->values, (size_t)m->n_more_seeds, sizeof *axis->values));
  for (int i = 0; i < m->n_more_seeds; i++) {
    Setting *setting = &axis->values[i];
    *setting = (Setting){.key = axis->key, .line = line};
    TRY(pool_text(m->pool, &setting->value, "%llu", first + (unsigned long long)i));
    TRY(pool_text(m->pool, &setting->place, "%s:%d: axes.seed:", m->study->file, line));
  }
  m->seeds = axis;
  return status_ok();
}

static Status count_runs(Maker *m) {
  Study *study = m->study;
  int64_t n = m->plan.n_variants;
  study->n_seeds = m->seeds ? m->seeds->n_values : 1;
  for (int i = 0; i < m->n_axes && n <= STUDY_MAX_RUNS; i++) n *= m->axes[i]->n_values;
  if (n * study->n_seeds > STUDY_MAX_RUNS)
    return report_fault(&m->plan.report, 0, "axes", "more than %d runs", STUDY_MAX_RUNS);
  study->n_variants = (int)n;
  study->n_runs = (int)n * study->n_seeds;
  TRY(pool_items(m->pool, &study->variants, (size_t)n, sizeof *study->variants));
  return pool_items(m->pool, &study->runs, (size_t)study->n_runs, sizeof *study->runs);
}

static void add_change(ConfigChange *changes, int *n, const Setting *setting) {
  changes[(*n)++] = (ConfigChange){setting->place, setting->key, setting->value};
}

/* What `set` gives all runs, but for what the variant gives itself. */
static Status gather_changes(Maker *m, StudyVariant *variant, const PlanVariant *plan) {
  const Plan *p = &m->plan;
  const Tune *tune = &p->tune;
  const TuneChoice *choice = m->choice ? &m->choice[variant - m->study->variants] : NULL;
  size_t most = (size_t)(p->n_common + plan->n_settings + m->n_axes + tune->n_axes + 1);
  TRY(pool_items(m->pool, &variant->changes, most, sizeof *variant->changes));
  for (int i = 0; i < p->n_common; i++) {
    int is_replaced = 0;
    for (int k = 0; k < plan->n_settings; k++)
      is_replaced |= strcmp(plan->settings[k].key, p->common[i].key) == 0;
    for (int k = 0; k < m->n_axes; k++)
      is_replaced |= strcmp(m->axes[k]->key, p->common[i].key) == 0;
    for (int k = 0; k < tune->n_axes; k++)
      is_replaced |= choice && strcmp(tune->axes[k].key, p->common[i].key) == 0;
    if (!is_replaced) add_change(variant->changes, &variant->n_changes, &p->common[i]);
  }
  for (int i = 0; i < plan->n_settings; i++)
    add_change(variant->changes, &variant->n_changes, &plan->settings[i]);
  for (int i = 0; i < m->n_axes; i++)
    add_change(variant->changes, &variant->n_changes, &m->axes[i]->values[m->place[i]]);
  if (m->is_tuning) add_change(variant->changes, &variant->n_changes, &tune->validation);
  for (int i = 0; i < tune->n_axes && choice; i++)
    add_change(variant->changes, &variant->n_changes,
               &tune->axes[i].values[tune_value(tune, choice->choice, i)]);
  return status_ok();
}

static Status name_variant(Maker *m, StudyVariant *variant, const PlanVariant *plan,
                           const Config *base) {
  const char *title = plan->title;
  for (int i = 0; i < m->n_axes; i++)
    if (names_variant(m, m->axes[i])) title = m->axes[i]->values[m->place[i]].value;
  if (!title) title = base->name;
  TRY(pool_text(m->pool, &variant->title, "%s", title));
  TRY(pool_text(m->pool, &variant->stem, "%s", title));
  (void)label_slug(variant->stem);
  for (int i = 0; i < m->n_axes; i++) {
    const Axis *axis = m->axes[i];
    const char *value = axis->values[m->place[i]].value,
               *key = label_key(axis->key, m->study->axes, (size_t)m->n_axes);
    int is_norm = strcmp(axis->key, "network.norm") == 0;
    char *part;
    if (names_variant(m, axis)) continue;
    TRY(pool_text(m->pool, &part, "%s%s", is_norm ? "" : key, value));
    (void)label_slug(part);
    TRY(pool_text(m->pool, &variant->stem, "%s-%s", variant->stem, part));
    TRY(pool_text(m->pool, &variant->title, "%s, %s%s%s", variant->title, is_norm ? "" : key,
                  is_norm ? "" : " ", value));
  }
  if (*variant->stem && strlen(variant->stem) <= NAME_MAX_BYTES && variant->stem[0] != '.')
    return status_ok();
  return report_fault(&m->plan.report, plan->line, "variants",
                      "'%.60s' makes no file name; give it a name of letters and digits", title);
}

static Status make_variants(Maker *m, const Config *base) {
  Study *study = m->study;
  for (int i = 0; i < study->n_variants; i++) {
    int rest = i;
    for (int k = m->n_axes - 1; k >= 0; k--) {
      m->place[k] = rest % m->axes[k]->n_values;
      rest /= m->axes[k]->n_values;
    }
    const PlanVariant *plan = &m->plan.variants[rest];
    TRY(gather_changes(m, &study->variants[i], plan));
    TRY(name_variant(m, &study->variants[i], plan, base));
  }
  return status_ok();
}

static Status make_run(Maker *m, StudyRun *run, const StudyVariant *variant, int seed) {
  const Study *study = m->study;
  size_t most = (size_t)(variant->n_changes + m->n_changes + 1);
  run->variant = variant;
  TRY(pool_items(m->pool, &run->changes, most, sizeof *run->changes));
  for (int i = 0; i < variant->n_changes; i++) run->changes[run->n_changes++] = variant->changes[i];
  if (m->seeds) add_change(run->changes, &run->n_changes, &m->seeds->values[seed]);
  for (int i = 0; i < m->n_changes; i++) run->changes[run->n_changes++] = m->changes[i];
  TRY(config_read(&run->config, &NETWORK_KINDS, study->base, run->changes, run->n_changes));
  TRY(pool_text(m->pool, &run->name, "%s-s%llu", variant->stem,
                (unsigned long long)run->config->seed));
  return pool_text(m->pool, &run->path, "%s/%s.h5", study->folder, run->name);
}

/* The command line may change what is the same for all runs of the study. */
static Status check_changes(const Maker *m) {
  for (int i = 0; i < m->n_changes; i++) {
    const ConfigChange *change = &m->changes[i];
    const char *setter = NULL;
    for (int k = 0; k < m->plan.n_axes; k++)
      if (keys_collide(m->plan.axes[k].key, change->key)) setter = m->plan.axes[k].key;
    for (int k = 0; k < m->plan.tune.n_axes; k++)
      if (keys_collide(m->plan.tune.axes[k].key, change->key)) setter = change->key;
    if (m->plan.tune.n_axes > 0 && keys_collide("data.validation", change->key))
      setter = change->key;
    for (int k = 0; k < m->plan.n_variants; k++)
      for (int s = 0; s < m->plan.variants[k].n_settings; s++)
        if (keys_collide(m->plan.variants[k].settings[s].key, change->key))
          setter = m->plan.variants[k].settings[s].key;
    int is_set = strcmp(change->option, "--set") == 0;
    if (setter)
      return status_error(STATUS_USAGE,
                          "%s %.60s%s%.60s: runs of %s differ in %s; change that in the study file",
                          change->option, is_set ? change->key : "", is_set ? "=" : "",
                          change->value, m->study->file, setter);
  }
  return status_ok();
}

/* A study of drawn images needs no data, whatever NORMLAB_DATA is; --data comes before both. */
static void find_data(Study *study, const char *given) {
  const DataFormat *own = study->data;
  study->told = given || !own || own->files ? given : own->name;
  study->input = data_given(study->told);
  if (data_format_drawn(study->input)) study->told = study->input;
}

/* Makes variants and runs of the stage that m->study is. */
static Status make_stage(Maker *m) {
  Study *study = m->study;
  Config *base;
  size_t n_axes = (size_t)(m->plan.n_axes + m->plan.tune.n_axes);
  TRY(pool_items(m->pool, &m->axes, n_axes, sizeof *m->axes));
  TRY(pool_items(m->pool, &m->place, n_axes, sizeof *m->place));
  TRY(pool_items(m->pool, &study->axes, n_axes, sizeof *study->axes));
  sort_axes(m);
  if (m->n_more_seeds && !m->is_tuning) TRY(count_seeds(m));
  TRY(count_runs(m));
  TRY(config_read(&base, &NETWORK_KINDS, study->base, NULL, 0));
  Status status = make_variants(m, base);
  config_free(base);
  if (status.code != STATUS_OK) return status;
  for (int i = 0; i < study->n_runs; i++)
    TRY(make_run(m, &study->runs[i], &study->variants[i % study->n_variants],
                 i / study->n_variants));
  for (int i = 0; i < study->n_variants; i++) study->variants[i].config = study->runs[i].config;
  return distinct_check(study, m->pool, &m->plan.report);
}

/* The first stage, and what it has chosen so far: choice [n_variants] of the second. */
static Status make_tuning(const Maker *m, TuneChoice **choice, int *is_chosen) {
  Maker first = *m;
  Study *tuning;
  StateReport *reports;
  TRY(pool_items(m->pool, &tuning, 1, sizeof *tuning));
  *tuning = *m->study;
  m->study->tuning = tuning;
  Tune *tune;
  TRY(pool_items(m->pool, &tune, 1, sizeof *tune));
  *tune = m->plan.tune;
  m->study->tune = tuning->tune = tune;
  first.study = tuning;
  first.is_tuning = 1;
  TRY(pool_text(m->pool, &tuning->name, "%s, tuning", m->study->name));
  TRY(pool_text(m->pool, &tuning->folder, "%s/tuning", m->study->folder));
  TRY(make_stage(&first));
  TRY(pool_items(m->pool, &reports, (size_t)tuning->n_runs, sizeof *reports));
  int n = tuning->n_variants / tuning->n_choices;
  TRY(pool_items(m->pool, choice, (size_t)n, sizeof **choice));
  for (int i = 0; i < tuning->n_runs; i++) state_look(&reports[i], &tuning->runs[i]);
  *is_chosen = 1;
  for (int i = 0; i < n; i++) {
    (*choice)[i] = tune_choose(tuning, reports, i);
    *is_chosen &= (*choice)[i].choice >= 0;
  }
  return status_ok();
}

static Status make(Maker *m, const char *folder, const char *data) {
  Study *study = m->study;
  TuneChoice *choice;
  TRY(plan_read(&m->plan, m->pool, study->file));
  study->data = m->plan.data;
  find_data(study, data);
  TRY(find_base(m));
  TRY(find_name(m, folder));
  TRY(check_changes(m));
  study->is_chosen = 1;
  if (m->plan.tune.n_axes > 0) {
    TRY(make_tuning(m, &choice, &study->is_chosen));
    if (study->is_chosen) m->choice = choice;
  }
  return make_stage(m);
}

typedef struct Owner {
  Pool pool;
  Tree tree; /* keys and titles are there */
} Owner;

Status study_read_source(Study *study, const StudySource *source) {
  *study = (Study){0};
  Owner *owner = study->owner = calloc(1, sizeof *owner);
  if (!owner) return status_error(STATUS_MEMORY, "%s: no memory to read it", source->file);
  Maker m = {.study = study,
             .pool = &owner->pool,
             .base = source->base,
             .changes = source->changes,
             .n_changes = source->n_changes,
             .n_more_seeds = source->n_seeds};
  Status status = pool_text(m.pool, &study->file, "%s", source->file);
  if (status.code == STATUS_OK) status = make(&m, source->folder, source->data);
  owner->tree = m.plan.tree;
  if (status.code != STATUS_OK) study_free(study);
  return status;
}

Status study_read(Study *study, const char *file, const char *folder, const char *data,
                  const ConfigChange *changes, int n_changes) {
  return study_read_source(study, &(StudySource){.file = file,
                                                 .folder = folder,
                                                 .data = data,
                                                 .changes = changes,
                                                 .n_changes = n_changes});
}

static void free_configs(Study *study) {
  for (int i = 0; i < study->n_runs && study->runs; i++) config_free(study->runs[i].config);
}

void study_free(Study *study) {
  free_configs(study);
  if (study->tuning) free_configs(study->tuning);
  Owner *owner = study->owner;
  if (owner) {
    pool_free(&owner->pool);
    tree_free(&owner->tree);
  }
  free(owner);
  *study = (Study){0};
}
