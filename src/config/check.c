#include "check.h"

#include "base/suggest.h"
#include "value.h"

#include <stdio.h>
#include <string.h>

enum { WORDS_TEXT = 500, WRONG_TEXT = 160 };

typedef struct Check {
  Tree *tree;
  Report *report;
  const Grammar *grammar;
  unsigned bits; /* what keys may need: of network.order, known before the layers are, and of the
                    norms of layers, known before the sections behind the network are */
} Check;

/* A mapping: its keys, and of which kind it is. */
typedef struct Map {
  const Key *section; /* NULL: the top of the file */
  const Kind *kind;   /* NULL: it has none */
  Rows rows;
} Map;

static Status refuse(const Check *c, const Node *node, const char *path, const char *wrong,
                     const Key *key) {
  char accepted[WORDS_TEXT];
  key_describe(accepted, sizeof accepted, key, c->grammar->kinds);
  return report_fault(c->report, node->line, path, "%s; accepted: %s", wrong, accepted);
}

static Status refuse_node(const Check *c, const Node *node, const char *path, const Key *key) {
  static const char *const NODES[] = {[NODE_VALUE] = "a single value cannot stand here",
                                      [NODE_LIST] = "a list cannot stand here",
                                      [NODE_MAP] = "a mapping cannot stand here"};
  return refuse(c, node, path, node->is_null ? "no value" : NODES[node->kind], key);
}

/* Whether a key may stand here. Where the norm of no layer makes use of it, a file that serves
 * other norms too may have it; an option may not. */
static int may_stand(const Check *c, const Key *key, int is_option) {
  return key_applies(key, c->bits) || (!is_option && (key->needs & NEEDS_CORRECTED_NORM));
}

static const Key *key_named(const Map *map, const char *name) {
  for (int i = 0; i < map->rows.n; i++)
    if (strcmp(map->rows.row[i].key->name, name) == 0) return map->rows.row[i].key;
  return NULL;
}

/* Why a key that some kind has, or that has no effect, is not accepted here; NULL if there is no
 * such key. */
static const char *no_meaning(char wrong[WRONG_TEXT], const Check *c, const Map *map,
                              const char *name) {
  const Key *key = key_named(map, name);
  if (key) {
    char needs[100];
    key_needs_text(needs, sizeof needs, key);
    snprintf(wrong, WRONG_TEXT, "means nothing here; it does only if %s", needs);
    return wrong;
  }
  if (!map->kind) return NULL;
  const KindList *list = kind_list(c->grammar->kinds, key_of_kind(map->section));
  int is_known = 0;
  for (int i = 0; i < list->n; i++) is_known |= kind_key(list->kind[i], name) != NULL;
  if (!is_known) return NULL;
  snprintf(wrong, WRONG_TEXT, "means nothing for %s", map->kind->name);
  return wrong;
}

static Status refuse_key(const Check *c, const Node *node, const char *path, const Map *map) {
  char accepted[WORDS_TEXT] = "", wrong[WRONG_TEXT] = "unknown key";
  Suggestion suggestion = suggestion_for(node->key);
  size_t used = 0;
  const int is_option = node->line == 0 && key_named(map, node->key);
  if (node->is_null)
    snprintf(wrong, sizeof wrong, "unknown key without a value; a value with commas needs quotes");
  for (int i = 0; i < map->rows.n && used < sizeof accepted; i++) {
    const Key *key = map->rows.row[i].key;
    if (!may_stand(c, key, is_option)) continue;
    used += (size_t)snprintf(accepted + used, sizeof accepted - used, "%s%s", used ? ", " : "",
                             key->name);
    suggestion_consider(&suggestion, key->name);
  }
  if (!no_meaning(wrong, c, map, node->key) && suggestion.nearest)
    snprintf(wrong, sizeof wrong, "unknown key, perhaps %s is meant", suggestion.nearest);
  return report_fault(c->report, node->line, path, "%s; accepted: %s", wrong,
                      *accepted ? accepted : "no key of this section");
}

static Status check_word(const Check *c, const Node *node, const char *path, const Key *key) {
  char shown[SHOWN_TEXT], wrong[WRONG_TEXT];
  const char *word;
  Suggestion suggestion = suggestion_for(node->value);
  for (int i = 0; (word = key_word(key, c->grammar->kinds, i)) != NULL; i++) {
    if (strcmp(word, node->value) == 0) return status_ok();
    suggestion_consider(&suggestion, word);
  }
  show(shown, node->value);
  if (suggestion.nearest)
    snprintf(wrong, sizeof wrong, "'%s' is not known, perhaps %s is meant", shown,
             suggestion.nearest);
  else
    snprintf(wrong, sizeof wrong, "'%s' is not known", shown);
  return refuse(c, node, path, wrong, key);
}

/* A single value, or an entry of a list. */
static Status check_value(const Check *c, const Node *node, const char *path, const Key *key) {
  if (node->kind != NODE_VALUE || node->is_null) return refuse_node(c, node, path, key);
  if (key_takes_words(key)) return check_word(c, node, path, key);
  if (key->type == KEY_NORM) {
    NormSpec norm; /* the norms say in detail what is wrong */
    Status status = norm_spec_parse(&norm, node->value);
    return status.code == STATUS_OK ? status
                                    : report_fault(c->report, node->line, path, "%s", status.text);
  }
  const char *problem = key_problem(key, node->value);
  if (!problem) return status_ok();
  char shown[SHOWN_TEXT], wrong[WRONG_TEXT];
  snprintf(wrong, sizeof wrong, "'%s' %s", show(shown, node->value), problem);
  return refuse(c, node, path, wrong, key);
}

static Status fill(const Check *c, Node *map, const char *path, const Row *row) {
  const char *text = row->fallback, *name = row->key->name;
  if (!text) return refuse(c, map, path, "missing", row->key);
  Node *node;
  if (*text == '=') {
    const Node *model = node_child(map, text + 1, strlen(text + 1));
    if (!model) model = tree_find(c->tree, text + 1);
    TRY(tree_node(c->tree, &node, NODE_VALUE, map->line, name, model->value));
  } else if (*text == '[') {
    Node *list;
    TRY(tree_parse(c->tree, &list, text, strlen(text), path, 1, c->report));
    TRY(tree_node(c->tree, &node, NODE_LIST, map->line, name, NULL));
    node->first = list->first;
    node->last = list->last;
    node->n = list->n;
  } else {
    NodeKind kind = row->key->type == KEY_SECTION ? NODE_MAP : NODE_VALUE;
    TRY(tree_node(c->tree, &node, kind, map->line, name, text));
  }
  node_append(map, node);
  return status_ok();
}

static Status check_key(Check *c, Node *node, const char *path, const Key *key);

static void path_below(char path[PATH_TEXT], const char *above, const char *name) {
  snprintf(path, PATH_TEXT, "%s%s%s", above, *above ? "." : "", name);
}

static Status check_names(const Check *c, const Node *node, const char *above, const Map *map) {
  char path[PATH_TEXT], shown[SHOWN_TEXT], wrong[WRONG_TEXT];
  for (const Node *child = node->first; child; child = child->next) {
    const Key *key = key_named(map, child->key);
    if (key && may_stand(c, key, child->line == 0)) continue;
    if (c->grammar->is_stored && no_meaning(wrong, c, map, child->key)) continue;
    path_below(path, above, show(shown, child->key));
    return refuse_key(c, child, path, map);
  }
  return status_ok();
}

static Status check_map(Check *c, Node *node, const char *above, const Map *map) {
  TRY(check_names(c, node, above, map));
  for (int i = 0; i < map->rows.n; i++) {
    const Row *row = &map->rows.row[i];
    const char *name = row->key->name;
    char path[PATH_TEXT];
    Node *child = node_child(node, name, strlen(name));
    if (!key_applies(row->key, c->bits) && !(child && may_stand(c, row->key, 0))) continue;
    path_below(path, above, name);
    if (!child) TRY(fill(c, node, path, row));
    TRY(check_key(c, node_child(node, name, strlen(name)), path, row->key));
  }
  return status_ok();
}

/* The type decides which keys are accepted, so it is looked at first. */
static Status find_kind(Check *c, Node *node, const char *above, const Key *type,
                        const Kind **kind) {
  char path[PATH_TEXT];
  path_below(path, above, type->name);
  size_t length = strlen(type->name);
  if (!node_child(node, type->name, length))
    TRY(fill(c, node, path, &(Row){type, type->fallback, 0}));
  const Node *value = node_child(node, type->name, length);
  TRY(check_value(c, value, path, type));
  const KindList *list = kind_list(c->grammar->kinds, type);
  for (int i = 0; i < list->n; i++)
    if (strcmp(list->kind[i]->name, value->value) == 0) *kind = list->kind[i];
  return status_ok();
}

static Status check_section(Check *c, Node *node, const char *path, const Key *section) {
  const Key *type = key_of_kind(section);
  Map map = {.section = section};
  if (type) TRY(find_kind(c, node, path, type, &map.kind));
  rows_below(&map.rows, section, map.kind);
  return check_map(c, node, path, &map);
}

static Status check_layer(Check *c, Node *node, const char *path, const Key *layers) {
  if (node->kind != NODE_MAP)
    return report_fault(c->report, node->line, path,
                        "not a layer; accepted: one like {type: conv, channels: 8}");
  TRY(check_section(c, node, path, layers));
  const Node *norm = node_child(node, "norm", strlen("norm"));
  NormSpec spec = {0};
  if (norm && norm_spec_parse(&spec, norm->value).code == STATUS_OK) c->bits |= norm_bit(spec);
  return status_ok();
}

static void note_order(Check *c) {
  const Node *order = tree_find(c->tree, "network.order");
  c->bits = 0;
  for (const Node *op = order->first; op; op = op->next) c->bits |= operation_bit(op->value);
}

static Status check_list(Check *c, Node *node, const char *path, const Key *key) {
  if (node->kind != NODE_LIST) return refuse_node(c, node, path, key);
  if (node->n < key->least || node->n > key->most) {
    char wrong[40];
    snprintf(wrong, sizeof wrong, "%d entries", node->n);
    return refuse(c, node, path, wrong, key);
  }
  if (key->type == KEY_LAYERS) note_order(c);
  int i = 0;
  for (Node *entry = node->first; entry; entry = entry->next) {
    char entry_path[PATH_TEXT];
    snprintf(entry_path, sizeof entry_path, "%.*s.%d", PATH_TEXT - 16, path, i++);
    if (key->type == KEY_LAYERS)
      TRY(check_layer(c, entry, entry_path, key));
    else
      TRY(check_value(c, entry, entry_path, key));
  }
  return status_ok();
}

static Status check_key(Check *c, Node *node, const char *path, const Key *key) {
  if (key_is_list(key)) return check_list(c, node, path, key);
  if (key->type != KEY_SECTION) return check_value(c, node, path, key);
  if (node->is_null) {
    /* A section with nothing in it, perhaps commented out. */
    node->kind = NODE_MAP;
    node->is_null = 0;
  }
  if (node->kind != NODE_MAP) return refuse_node(c, node, path, key);
  return check_section(c, node, path, key);
}

Status check_tree(Tree *tree, const Grammar *grammar, unsigned *bits, Report *report) {
  Check c = {.tree = tree, .report = report, .grammar = grammar};
  Node *root = tree->root;
  if (root->is_null)
    return report_fault(report, 0, "", "empty; accepted: a configuration with network.layers");
  if (root->kind != NODE_MAP)
    return report_fault(report, root->line, "",
                        "not a configuration; accepted: keys and values, network.layers at least");
  Map map = {.section = NULL};
  rows_top(&map.rows);
  TRY(check_map(&c, root, "", &map));
  *bits = c.bits;
  return status_ok();
}
