#include "check.h"
#include "value.h"
#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Source {
  const char *text, *file;
  size_t bytes;
  Grammar grammar;
} Source;

/* File name without folder and suffix, with _ for what a name may not contain. */
static void default_name(char name[65], const char *file) {
  const char *slash = strrchr(file, '/');
  const char *start = slash ? slash + 1 : file;
  const char *dot = strrchr(start, '.');
  size_t length = dot && dot > start ? (size_t)(dot - start) : strlen(start);
  if (length > 64) length = 64;
  memcpy(name, start, length);
  name[length] = '\0';
  for (size_t i = 0; i < length; i++) {
    const char one[] = {'_', name[i], '\0'};
    if (!name_is_fine(i ? one : one + 1)) name[i] = '_';
  }
  if (length == 0) snprintf(name, 65, "run");
}

static Status complete_tree(Tree *tree, const Source *source, const ConfigChange *changes,
                            int n_changes, unsigned *bits, Report *report) {
  TRY(tree_parse(tree, &tree->root, source->text, source->bytes, "", 0, report));
  for (int i = 0; i < n_changes; i++) TRY(tree_set(tree, changes[i].key, changes[i].value, report));
  if (tree->root->kind == NODE_MAP && !node_child(tree->root, "name", strlen("name"))) {
    char name[65];
    Node *node;
    default_name(name, source->file);
    TRY(tree_node(tree, &node, NODE_VALUE, 0, "name", name));
    node_append(tree->root, node);
  }
  return check_tree(tree, &source->grammar, bits, report);
}

/* Takes the values of a mapping that has been checked. base: where the offsets of the section's
 * keys begin. */
static Status take_map(void *base, const Node *map, const Key *section, const Grammar *grammar,
                       unsigned bits) {
  const Key *type = key_of_kind(section);
  void *settings = NULL;
  const Kind *kind = NULL;
  if (type) {
    TRY(key_store(base, type, node_child(map, type->name, strlen(type->name)), grammar->kinds));
    kind = *(const Kind **)((char *)base + type->offset);
    settings = *(void **)((char *)base + type->beside);
  }
  Rows rows;
  rows_below(&rows, section, kind);
  for (int i = 0; i < rows.n; i++) {
    const Key *key = rows.row[i].key;
    if (key == type || key->type == KEY_LAYERS || !key_applies(key, bits)) continue;
    const Node *node = node_child(map, key->name, strlen(key->name));
    TRY(key_store(rows.row[i].of_kind ? settings : base, key, node, grammar->kinds));
  }
  return status_ok();
}

static Status take_layers(Config *config, const Tree *tree, const Grammar *grammar, unsigned bits) {
  const Node *list = tree_find(tree, "network.layers");
  config->network.layers = calloc((size_t)list->n, sizeof *config->network.layers);
  if (!config->network.layers)
    return status_error(STATUS_MEMORY, "%s: no memory for %d layers", config->file, list->n);
  for (const Node *node = list->first; node; node = node->next) {
    LayerConfig *layer = &config->network.layers[config->network.n_layers++];
    layer->line = node->line;
    TRY(take_map(layer, node, key_at("network.layers"), grammar, bits));
  }
  return status_ok();
}

/* Makes a Config of a tree that has been checked; the caller frees it, also after a failure. */
static Status take(Config **config, const Tree *tree, const Source *source, unsigned bits) {
  Config *c = *config = calloc(1, sizeof *c);
  if (!c || !(c->file = strdup(source->file)))
    return status_error(STATUS_MEMORY, "%s: no memory for it", source->file);
  Rows top;
  rows_top(&top);
  for (int i = 0; i < top.n; i++) {
    const Key *key = top.row[i].key;
    const Node *node = node_child(tree->root, key->name, strlen(key->name));
    if (key->type == KEY_SECTION)
      TRY(take_map(c, node, key, &source->grammar, bits));
    else
      TRY(key_store(c, key, node, source->grammar.kinds));
  }
  c->validation_line = tree_find(tree, "data.validation")->line;
  return take_layers(c, tree, &source->grammar, bits);
}

static Status build(Config **config, const Source *source, const ConfigChange *changes,
                    int n_changes, Report *report) {
  Tree tree = {0};
  unsigned bits = 0;
  Status status = complete_tree(&tree, source, changes, n_changes, &bits, report);
  if (status.code == STATUS_OK) status = take(config, &tree, source, bits);
  if (status.code == STATUS_OK) status = check_config(*config, &tree, report);
  tree_free(&tree);
  if (status.code == STATUS_OK) return status;
  config_free(*config);
  *config = NULL;
  return status;
}

static Status blame(const ConfigChange *change, const Report *report) {
  char value[SHOWN_TEXT], key[SHOWN_TEXT], option[PATH_TEXT + 3 * SHOWN_TEXT];
  show(value, change->value);
  if (strcmp(change->option, "--set") == 0)
    snprintf(option, sizeof option, "--set %s=%s", show(key, change->key), value);
  else
    snprintf(option, sizeof option, "%s %s", change->option, value);
  int is_same = strcmp(report->path, change->key) == 0 || !report->path[0];
  return status_error(STATUS_USAGE, "%s: %s%s%s", option, is_same ? "" : report->path,
                      is_same ? "" : ": ", report->text);
}

/* The changes may be valid only together, so the culprit of what the report says is the one after
 * the last valid state. */
static Status find_culprit(const Source *source, const ConfigChange *changes, int n_changes,
                           Report *report) {
  for (int n = n_changes - 1; n > 0; n--) {
    Report before = {.file = source->file};
    Config *config = NULL;
    Status status = build(&config, source, changes, n, &before);
    config_free(config);
    if (status.code == STATUS_OK) return blame(&changes[n], report);
    if (status.code != STATUS_USAGE) return status;
    *report = before;
  }
  return blame(&changes[0], report);
}

static Status build_with_blame(Config **config, const Source *source, const ConfigChange *changes,
                               int n_changes) {
  Report report = {.file = source->file};
  *config = NULL;
  TRY(build(config, source, NULL, 0, &report));
  if (n_changes == 0) return status_ok();
  config_free(*config);
  *config = NULL;
  Status status = build(config, source, changes, n_changes, &report);
  if (status.code != STATUS_USAGE) return status;
  return find_culprit(source, changes, n_changes, &report);
}

Status config_read(Config **config, const Kinds *kinds, const char *file,
                   const ConfigChange *changes, int n_changes) {
  char *text;
  size_t bytes;
  *config = NULL;
  TRY(tree_read_text(&text, &bytes, file));
  const Source source = {text, file, bytes, {kinds, 0}};
  Status status = build_with_blame(config, &source, changes, n_changes);
  free(text);
  return status;
}

Status config_parse(Config **config, const Kinds *kinds, const char *text, const char *file,
                    const ConfigChange *changes, int n_changes) {
  const Source source = {text, file, strlen(text), {kinds, 0}};
  return build_with_blame(config, &source, changes, n_changes);
}

Status config_parse_stored(Config **config, const Kinds *kinds, const char *text,
                           const char *file) {
  const Source source = {text, file, strlen(text), {kinds, 1}};
  return build_with_blame(config, &source, NULL, 0);
}

void config_free(Config *config) {
  if (!config) return;
  free(config->name);
  for (int i = 0; i < config->network.n_layers; i++) free(config->network.layers[i].settings);
  free(config->network.layers);
  free(config->optimizer.settings);
  free(config->schedule.settings);
  free(config->file);
  free(config);
}
