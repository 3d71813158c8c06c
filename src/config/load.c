#include "check.h"
#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Source {
  const char *text, *file;
  size_t bytes;
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
                            int n_changes, Report *report) {
  TRY(tree_parse(tree, &tree->root, source->text, source->bytes, "", 0, report));
  for (int i = 0; i < n_changes; i++) TRY(tree_set(tree, changes[i].key, changes[i].value, report));
  if (tree->root->kind == NODE_MAP && !node_child(tree->root, "name", strlen("name"))) {
    char name[65];
    Node *node;
    default_name(name, source->file);
    TRY(tree_node(tree, &node, NODE_VALUE, 0, "name", name));
    node_append(tree->root, node);
  }
  return check_tree(tree, report);
}

/* Keeps the first error of libcyaml; what follows is its way there. */
static void keep_message(cyaml_log_t level, void *context, const char *format, va_list arguments) {
  char *message = context;
  if (level != CYAML_LOG_ERROR || *message) return;
  vsnprintf(message, SHOWN_TEXT, format, arguments);
  message[strcspn(message, "\n")] = '\0';
}

static Status take_layers(Config *config, const Parsed *parsed, const Tree *tree) {
  config->network.layers = calloc((size_t)parsed->n_layers, sizeof *config->network.layers);
  if (!config->network.layers)
    return status_error(STATUS_MEMORY, "%s: no memory for %d layers", config->file,
                        parsed->n_layers);
  config->network.n_layers = parsed->n_layers;
  const Node *node = tree_find(tree, "network.layers")->first;
  for (int i = 0; i < parsed->n_layers; i++, node = node->next) {
    LayerConfig *layer = &config->network.layers[i];
    *layer = parsed->layers[i].layer;
    layer->line = node->line;
    if (parsed->layers[i].norm) TRY(norm_spec_parse(&layer->norm, parsed->layers[i].norm));
  }
  return status_ok();
}

/* Makes a Config of what libcyaml has read; the caller frees both, also after a failure. */
static Status take(Config **config, const Parsed *parsed, const Tree *tree, const Source *source) {
  Config *c = *config = calloc(1, sizeof *c);
  if (!c) return status_error(STATUS_MEMORY, "%s: no memory for it", source->file);
  *c = parsed->config;
  c->name = strdup(parsed->config.name);
  c->conv.backend = strdup(parsed->config.conv.backend);
  c->file = strdup(source->file);
  if (!c->name || !c->conv.backend || !c->file)
    return status_error(STATUS_MEMORY, "%s: no memory for it", source->file);
  TRY(norm_spec_parse(&c->network.norm, parsed->norm));
  interval_parse(&c->checkpoint.every_steps, &c->checkpoint.every_seconds, parsed->every);
  c->validation_line = tree_find(tree, "data.validation")->line;
  return take_layers(c, parsed, tree);
}

static Status load(Config **config, const Tree *tree, const Source *source, Report *report) {
  char *text, message[SHOWN_TEXT] = "";
  size_t bytes;
  TRY(node_text(&text, &bytes, tree->root, "\""));
  Schema schema;
  schema_build(&schema);
  const cyaml_config_t settings = {.log_fn = keep_message,
                                   .log_ctx = message,
                                   .mem_fn = cyaml_mem,
                                   .log_level = CYAML_LOG_ERROR,
                                   .flags = CYAML_CFG_NO_ALIAS};
  Parsed *parsed = NULL;
  cyaml_err_t error = cyaml_load_data((const uint8_t *)text, bytes, &settings, &schema.root,
                                      (cyaml_data_t **)&parsed, NULL);
  Status status;
  /* The text is valid YAML, as it was written here: the parser fails for want of memory only. */
  if (error == CYAML_ERR_OOM || error == CYAML_ERR_LIBYAML_PARSER ||
      error == CYAML_ERR_LIBYAML_PARSER_INIT)
    status = status_error(STATUS_MEMORY, "%s: no memory to read it", source->file);
  else if (error != CYAML_OK)
    status = report_fault(report, 0, "", "%s (%s)", cyaml_strerror(error), message);
  else
    status = take(config, parsed, tree, source);
  if (status.code == STATUS_OK) status = check_config(*config, parsed->n_deviation, tree, report);
  cyaml_free(&settings, &schema.root, parsed, 0);
  free(text);
  return status;
}

static Status build(Config **config, const Source *source, const ConfigChange *changes,
                    int n_changes, Report *report) {
  Tree tree = {0};
  Status status = complete_tree(&tree, source, changes, n_changes, report);
  if (status.code == STATUS_OK) status = load(config, &tree, source, report);
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

Status config_read(Config **config, const char *file, const ConfigChange *changes, int n_changes) {
  char *text;
  size_t bytes;
  *config = NULL;
  TRY(tree_read_text(&text, &bytes, file));
  const Source source = {text, file, bytes};
  Status status = build_with_blame(config, &source, changes, n_changes);
  free(text);
  return status;
}

Status config_parse(Config **config, const char *text, const char *file,
                    const ConfigChange *changes, int n_changes) {
  const Source source = {text, file, strlen(text)};
  return build_with_blame(config, &source, changes, n_changes);
}

void config_free(Config *config) {
  if (!config) return;
  free(config->name);
  free(config->network.layers);
  free(config->conv.backend);
  free(config->file);
  free(config);
}
