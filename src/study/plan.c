#include "plan.h"

#include "axis.h"
#include "tune.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const KEYS[] = {"base", "name", "data", "set", "variants", "axes", "tune"};
enum { N_KEYS = sizeof KEYS / sizeof *KEYS };

static const char *accepted(char text[SHOWN_TEXT]) {
  size_t used = 0;
  for (int i = 0; i < N_KEYS; i++)
    used += (size_t)snprintf(text + used, SHOWN_TEXT - used, "%s%s", i ? ", " : "", KEYS[i]);
  return text;
}

const char *plan_full_key(const char *key) {
  int n;
  const ConfigShort *shorts = config_shorts(&n);
  for (int i = 0; i < n; i++)
    if (strcmp(key, shorts[i].option + 2) == 0) return shorts[i].key;
  return key;
}

int keys_collide(const char *a, const char *b) {
  size_t length = strlen(a), other = strlen(b);
  if (other < length) {
    const char *swap = a;
    a = b, b = swap;
    length = other;
  }
  return strncmp(a, b, length) == 0 && (b[length] == '\0' || b[length] == '.');
}

Status plan_expect(Plan *plan, const Node *node, const char *path, NodeKind kind,
                   const char *what) {
  if (node->kind == kind && !node->is_null) return status_ok();
  return report_fault(&plan->report, node->line, path, "expected %s", what);
}

/* Values become options and YAML again: what would need quotes there means nothing in a
 * configuration. */
Status plan_check_plain(Plan *plan, const Node *node, const char *path) {
  char shown[SHOWN_TEXT];
  if (node->is_null) return report_fault(&plan->report, node->line, path, "no value");
  const char *text = node->kind == NODE_VALUE ? node->value : node->key ? node->key : "";
  for (const char *c = text; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 127 || strchr("{}[],\"'\\#&*!|>%@`", *c))
      return report_fault(&plan->report, node->line, path, "'%s' is no value of a configuration",
                          show(shown, text));
  for (const Node *child = node->first; child; child = child->next)
    TRY(plan_check_plain(plan, child, path));
  return status_ok();
}

static Status make_setting(Plan *plan, Setting *setting, const Node *node, const char *key,
                           const char *path) {
  size_t bytes;
  setting->key = plan_full_key(key);
  setting->line = node->line;
  if (strcmp(setting->key, "seed") == 0)
    return report_fault(&plan->report, node->line, path,
                        "the seed belongs to axes, so that variants are compared at the same "
                        "seeds: axes: {seed: 1..5}");
  TRY(plan_check_plain(plan, node, path));
  TRY(node_text(&setting->value, &bytes, node, ""));
  TRY(pool_keep(plan->pool, setting->value));
  return pool_text(plan->pool, &setting->place, "%s:%d: %s:", plan->report.file, node->line, path);
}

/* Adds the entries of a mapping `set`. */
static Status add_set(Plan *plan, Setting *settings, int *n_settings, const Node *set,
                      const char *path) {
  char entry[PATH_TEXT];
  TRY(plan_expect(plan, set, path, NODE_MAP, "a mapping of keys to values"));
  for (const Node *node = set->first; node; node = node->next) {
    snprintf(entry, sizeof entry, "%.100s.%.90s", path, node->key);
    Setting *setting = &settings[*n_settings];
    TRY(make_setting(plan, setting, node, node->key, entry));
    for (int i = 0; i < *n_settings; i++)
      if (keys_collide(settings[i].key, setting->key))
        return report_fault(&plan->report, node->line, entry, "%s is set twice", setting->key);
    (*n_settings)++;
  }
  return status_ok();
}

static const char *word_of(const Node *map, const char *key) {
  const Node *node = node_child(map, key, strlen(key));
  return node ? node->value : NULL;
}

static Status read_variant(Plan *plan, PlanVariant *variant, const Node *map, const char *path) {
  char entry[PATH_TEXT];
  TRY(plan_expect(plan, map, path, NODE_MAP, "a mapping like {name: plain, norm: none}"));
  variant->line = map->line;
  const Node *set = node_child(map, "set", 3);
  TRY(pool_items(plan->pool, &variant->settings, (size_t)map->n + (set ? (size_t)set->n : 0),
                 sizeof *variant->settings));
  for (const Node *node = map->first; node; node = node->next) {
    snprintf(entry, sizeof entry, "%.100s.%.90s", path, node->key);
    if (strcmp(node->key, "name") == 0) {
      TRY(plan_expect(plan, node, entry, NODE_VALUE, "a name"));
      variant->title = node->value;
    } else if (plan_full_key(node->key) != node->key) {
      TRY(make_setting(plan, &variant->settings[variant->n_settings++], node, node->key, entry));
    } else if (strcmp(node->key, "set") != 0) {
      return report_fault(&plan->report, node->line, entry,
                          "unknown key; accepted: name, norm, epochs, batch, set");
    }
  }
  if (set) {
    snprintf(entry, sizeof entry, "%.100s.set", path);
    TRY(add_set(plan, variant->settings, &variant->n_settings, set, entry));
  }
  if (!variant->title) variant->title = word_of(map, "norm");
  if (!variant->title)
    return report_fault(&plan->report, map->line, path, "has neither a name nor a norm");
  return status_ok();
}

static Status read_variants(Plan *plan, const Node *list) {
  if (list && (list->kind != NODE_LIST || list->n == 0))
    return report_fault(&plan->report, list->line, "variants",
                        "expected a list of mappings like {name: plain, norm: none}");
  plan->n_variants = list ? list->n : 1;
  TRY(pool_items(plan->pool, &plan->variants, (size_t)plan->n_variants, sizeof *plan->variants));
  if (!list) return status_ok();
  const Node *node = list->first;
  for (int i = 0; i < list->n; i++, node = node->next) {
    char path[PATH_TEXT];
    snprintf(path, sizeof path, "variants.%d", i);
    TRY(read_variant(plan, &plan->variants[i], node, path));
    for (int k = 0; k < i; k++)
      if (strcmp(plan->variants[k].title, plan->variants[i].title) == 0)
        return report_fault(&plan->report, node->line, path, "'%.60s' is on line %d, too",
                            plan->variants[i].title, plan->variants[k].line);
  }
  return status_ok();
}

/* A key that two of variants and axes set would make the runs depend on an order of theirs. */
Status plan_check_axis(Plan *plan, const Axis *axis, const char *path) {
  for (int i = 0; i < plan->n_axes; i++)
    if (keys_collide(axis->key, plan->axes[i].key))
      return report_fault(&plan->report, axis->line, path, "another axis sets %s",
                          plan->axes[i].key);
  for (int i = 0; i < plan->n_variants; i++)
    for (int k = 0; k < plan->variants[i].n_settings; k++)
      if (keys_collide(axis->key, plan->variants[i].settings[k].key))
        return report_fault(&plan->report, axis->line, path, "variants.%d sets %s, too", i,
                            plan->variants[i].settings[k].key);
  return status_ok();
}

static Status read_axes(Plan *plan, const Node *map) {
  if (!map) return status_ok();
  TRY(plan_expect(plan, map, "axes", NODE_MAP, "a mapping of keys to values: {seed: 1..5}"));
  TRY(pool_items(plan->pool, &plan->axes, (size_t)map->n, sizeof *plan->axes));
  for (const Node *node = map->first; node; node = node->next) {
    char path[PATH_TEXT];
    snprintf(path, sizeof path, "axes.%.90s", node->key);
    Axis *axis = &plan->axes[plan->n_axes];
    axis->key = plan_full_key(node->key);
    axis->line = node->line;
    TRY(plan_check_plain(plan, node, path));
    TRY(axis_read(axis, plan->pool, node, path, &plan->report));
    TRY(plan_check_axis(plan, axis, path));
    plan->n_axes++;
  }
  return status_ok();
}

static Status read_words(Plan *plan, const Node *root) {
  char shown[SHOWN_TEXT], names[SHOWN_TEXT];
  const Node *base = node_child(root, "base", 4), *name = node_child(root, "name", 4),
             *data = node_child(root, "data", 4);
  if (!base)
    return report_fault(&plan->report, root->line, "base",
                        "missing; a configuration file, relative to this one: base: ../s6.yaml");
  TRY(plan_expect(plan, base, "base", NODE_VALUE, "a configuration file"));
  if (name) TRY(plan_expect(plan, name, "name", NODE_VALUE, "a name"));
  plan->base = base->value;
  plan->base_line = base->line;
  plan->name = name ? name->value : NULL;
  if (!data) return status_ok();
  data_format_names(names, sizeof names, ", ", " or ");
  TRY(plan_expect(plan, data, "data", NODE_VALUE, names));
  plan->data = data_format_named(data->value);
  data_format_names(names, sizeof names, ", ", ", ");
  if (!plan->data)
    return report_fault(&plan->report, data->line, "data", "'%s'; accepted: %s",
                        show(shown, data->value), names);
  return status_ok();
}

static Status read_root(Plan *plan) {
  char shown[SHOWN_TEXT], keys[SHOWN_TEXT];
  const Node *root = plan->tree.root;
  if (root->kind != NODE_MAP)
    return report_fault(&plan->report, root->line, "", "not a mapping; accepted: keys %s",
                        accepted(keys));
  for (const Node *node = root->first; node; node = node->next) {
    int k = 0;
    while (k < N_KEYS && strcmp(KEYS[k], node->key) != 0) k++;
    if (k == N_KEYS)
      return report_fault(&plan->report, node->line, show(shown, node->key),
                          "unknown key; accepted: %s", accepted(keys));
  }
  TRY(read_words(plan, root));
  const Node *set = node_child(root, "set", 3);
  if (set) {
    TRY(pool_items(plan->pool, &plan->common, (size_t)set->n, sizeof *plan->common));
    TRY(add_set(plan, plan->common, &plan->n_common, set, "set"));
  }
  TRY(read_variants(plan, node_child(root, "variants", 8)));
  TRY(read_axes(plan, node_child(root, "axes", 4)));
  return tune_read(plan, node_child(root, "tune", 4));
}

Status plan_read(Plan *plan, Pool *pool, const char *file) {
  *plan = (Plan){.pool = pool, .report = {.file = file}};
  char *text;
  size_t bytes;
  TRY(tree_read_text(&text, &bytes, file));
  Status status = tree_parse(&plan->tree, &plan->tree.root, text, bytes, "", 0, &plan->report);
  free(text);
  if (status.code != STATUS_OK) return status;
  return read_root(plan);
}

Status study_is_one(int *is_study, const char *file) {
  Tree tree = {0};
  Report report = {.file = file};
  char *text;
  size_t bytes;
  TRY(tree_read_text(&text, &bytes, file));
  Status status = tree_parse(&tree, &tree.root, text, bytes, "", 0, &report);
  free(text);
  *is_study = status.code == STATUS_OK && tree.root->kind == NODE_MAP &&
              node_child(tree.root, "base", 4) != NULL;
  tree_free(&tree);
  return status;
}
