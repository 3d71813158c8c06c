#include "check.h"
#include "values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_TEXT = 300 };

typedef struct Check {
  Tree *tree;
  Report *report;
  unsigned ops; /* bits of the operations in network.order, known before the layers are */
} Check;

static Status refuse(const Check *c, const Node *node, const char *path, const char *wrong,
                     const Field *field) {
  char accepted[WORDS_TEXT];
  describe_field(accepted, sizeof accepted, field);
  return report_fault(c->report, node->line, path, "%s; accepted: %s", wrong, accepted);
}

static Status refuse_kind(const Check *c, const Node *node, const char *path, const Field *field) {
  static const char *const KINDS[] = {[NODE_VALUE] = "a single value cannot stand here",
                                      [NODE_LIST] = "a list cannot stand here",
                                      [NODE_MAP] = "a mapping cannot stand here"};
  return refuse(c, node, path, node->is_null ? "no value" : KINDS[node->kind], field);
}

/* Edits (insertions, deletions, replacements) between two words; 99 for long ones. */
static int distance(const char *a, const char *b) {
  enum { LONGEST = 24 };
  size_t n = strlen(a), m = strlen(b);
  if (n > LONGEST || m > LONGEST) return 99;
  int row[LONGEST + 1];
  for (size_t j = 0; j <= m; j++) row[j] = (int)j;
  for (size_t i = 1; i <= n; i++) {
    int diagonal = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= m; j++) {
      int replaced = diagonal + (a[i - 1] != b[j - 1]);
      int best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
      diagonal = row[j];
      row[j] = replaced < best ? replaced : best;
    }
  }
  return row[m];
}

static void consider(const char **nearest, int *least, const char *candidate, const char *word) {
  int edits = distance(word, candidate);
  if (edits >= *least) return;
  *least = edits;
  *nearest = candidate;
}

static int applies(const Check *c, const Field *field, int type) {
  return type < 0 || schema_applies(field, type, c->ops);
}

static Status unknown_key(const Check *c, const Node *node, const char *path, const Field *fields,
                          int n_fields, int type) {
  char accepted[WORDS_TEXT] = "", wrong[100] = "unknown key";
  const char *nearest = NULL;
  int least = 3;
  size_t used = 0;
  for (int i = 0; i < n_fields && used < sizeof accepted; i++) {
    const char *key = fields[i].schema.key;
    int is_same = strcmp(key, node->key) == 0;
    if (applies(c, &fields[i], type)) {
      used +=
          (size_t)snprintf(accepted + used, sizeof accepted - used, "%s%s", used ? ", " : "", key);
      consider(&nearest, &least, key, node->key);
    } else if (is_same && fields[i].scope.blocks && type == LAYER_BLOCK) {
      snprintf(wrong, sizeof wrong, "means nothing here, as network.order has no %s", key);
    } else if (is_same) {
      snprintf(wrong, sizeof wrong, "means nothing for %s",
               schema_word(&fields[0].schema.value, type));
    }
  }
  if (nearest && strcmp(wrong, "unknown key") == 0)
    snprintf(wrong, sizeof wrong, "unknown key, perhaps %s is meant", nearest);
  return report_fault(c->report, node->line, path, "%s; accepted: %s", wrong, accepted);
}

static int is_in(const Range *range, double value) {
  int is_high_enough = range->is_above ? value > range->low : value >= range->low;
  int is_low_enough = range->is_below ? value < range->high : value <= range->high;
  return isfinite(value) && is_high_enough && is_low_enough && !(value > 0 && value < range->gap);
}

static Status check_word(const Check *c, const Node *node, const char *path, const Field *field,
                         const cyaml_schema_value_t *schema) {
  int64_t value;
  if (schema_word_value(schema, node->value, &value)) return status_ok();
  char shown[SHOWN_TEXT], wrong[160];
  const char *nearest = NULL;
  int least = 3;
  for (uint32_t i = 0; i < schema->enumeration.count; i++)
    consider(&nearest, &least, schema->enumeration.strings[i].str, node->value);
  show(shown, node->value);
  if (nearest)
    snprintf(wrong, sizeof wrong, "'%s' is not known, perhaps %s is meant", shown, nearest);
  else
    snprintf(wrong, sizeof wrong, "'%s' is not known", shown);
  return refuse(c, node, path, wrong, field);
}

static Status check_value(const Check *c, const Node *node, const char *path, const Field *field,
                          const cyaml_schema_value_t *schema) {
  if (node->kind != NODE_VALUE || node->is_null) return refuse_kind(c, node, path, field);
  char shown[SHOWN_TEXT], wrong[160];
  double number = 0;
  int64_t whole = 0;
  uint64_t seed;
  const char *problem = NULL;
  switch (schema->type) {
  case CYAML_FLOAT:
    if (!number_parse(&number, node->value))
      problem = "is not a number";
    else if (!is_in(&field->range, number))
      problem = "is out of range";
    break;
  case CYAML_INT:
    if (!whole_parse(&whole, node->value))
      problem = "is not a whole number";
    else if (!is_in(&field->range, (double)whole))
      problem = "is out of range";
    break;
  case CYAML_UINT:
    if (!seed_parse(&seed, node->value)) problem = "is no whole number of 64 bits";
    break;
  case CYAML_ENUM:
    return check_word(c, node, path, field, schema);
  default:
    if (!field->is_fine(node->value)) problem = "is not understood";
  }
  if (!problem) return status_ok();
  snprintf(wrong, sizeof wrong, "'%s' %s", show(shown, node->value), problem);
  return refuse(c, node, path, wrong, field);
}

static Status fill(const Check *c, Node *map, const char *path, const Field *field) {
  const char *text = field->fallback;
  if (!text) return refuse(c, map, path, "missing", field);
  Node *node;
  const char *key = field->schema.key;
  if (*text == '=') {
    const Node *model = node_child(map, text + 1, strlen(text + 1));
    if (!model) model = tree_find(c->tree, text + 1);
    TRY(tree_node(c->tree, &node, NODE_VALUE, map->line, key, model->value));
  } else if (*text == '[') {
    Node *list;
    TRY(tree_parse(c->tree, &list, text, strlen(text), path, 1, c->report));
    TRY(tree_node(c->tree, &node, NODE_LIST, map->line, key, NULL));
    node->first = list->first;
    node->last = list->last;
    node->n = list->n;
  } else {
    NodeKind kind = field->fields ? NODE_MAP : NODE_VALUE;
    TRY(tree_node(c->tree, &node, kind, map->line, key, text));
  }
  node_append(map, node);
  return status_ok();
}

static Status check_field(Check *c, Node *node, const char *path, const Field *field);

/* type: of a layer or optimizer; -1 elsewhere. */
static Status check_map(Check *c, Node *map, const char *above, const Field *fields, int n_fields,
                        int type) {
  char path[PATH_TEXT], shown[SHOWN_TEXT];
  for (const Node *child = map->first; child; child = child->next) {
    int is_known = 0;
    for (int i = 0; i < n_fields && !is_known; i++)
      is_known = strcmp(fields[i].schema.key, child->key) == 0 && applies(c, &fields[i], type);
    if (is_known) continue;
    snprintf(path, sizeof path, "%s%s%s", above, *above ? "." : "", show(shown, child->key));
    return unknown_key(c, child, path, fields, n_fields, type);
  }
  for (int i = 0; i < n_fields; i++) {
    const char *key = fields[i].schema.key;
    if (!applies(c, &fields[i], type)) continue;
    snprintf(path, sizeof path, "%s%s%s", above, *above ? "." : "", key);
    if (!node_child(map, key, strlen(key))) TRY(fill(c, map, path, &fields[i]));
    TRY(check_field(c, node_child(map, key, strlen(key)), path, &fields[i]));
  }
  return status_ok();
}

/* The type decides which keys are accepted, so it is looked at first. */
static Status check_typed(Check *c, Node *node, const char *path, const Field *typed) {
  const Field *field = &typed->fields[0];
  const char *key = field->schema.key;
  char type_path[PATH_TEXT];
  snprintf(type_path, sizeof type_path, "%.*s.%s", PATH_TEXT - 16, path, key);
  if (!node_child(node, key, strlen(key))) TRY(fill(c, node, type_path, field));
  const Node *type = node_child(node, key, strlen(key));
  TRY(check_value(c, type, type_path, field, &field->schema.value));
  int64_t value = 0;
  schema_word_value(&field->schema.value, type->value, &value);
  return check_map(c, node, path, typed->fields, typed->n_fields, (int)value);
}

static Status check_layer(Check *c, Node *node, const char *path, const Field *layers) {
  if (node->kind != NODE_MAP)
    return report_fault(c->report, node->line, path,
                        "not a layer; accepted: one like {type: conv, channels: 8}");
  return check_typed(c, node, path, layers);
}

static void note_order(Check *c) {
  const Node *order = tree_find(c->tree, "network.order");
  c->ops = 0;
  for (const Node *op = order->first; op; op = op->next) c->ops |= schema_op_bit(op->value);
}

static Status check_list(Check *c, Node *node, const char *path, const Field *field) {
  const cyaml_schema_value_t *schema = &field->schema.value;
  if (node->kind != NODE_LIST) return refuse_kind(c, node, path, field);
  if (node->n < (int)schema->sequence.min || node->n > (int)schema->sequence.max) {
    char wrong[40];
    snprintf(wrong, sizeof wrong, "%d entries", node->n);
    return refuse(c, node, path, wrong, field);
  }
  if (schema_is_layers(field)) note_order(c);
  int i = 0;
  for (Node *entry = node->first; entry; entry = entry->next) {
    char entry_path[PATH_TEXT];
    snprintf(entry_path, sizeof entry_path, "%.*s.%d", PATH_TEXT - 16, path, i++);
    if (schema_is_layers(field))
      TRY(check_layer(c, entry, entry_path, field));
    else
      TRY(check_value(c, entry, entry_path, field, schema->sequence.entry));
  }
  return status_ok();
}

static Status check_field(Check *c, Node *node, const char *path, const Field *field) {
  const cyaml_schema_value_t *schema = &field->schema.value;
  if (schema->type == CYAML_SEQUENCE) return check_list(c, node, path, field);
  if (schema->type != CYAML_MAPPING) return check_value(c, node, path, field, schema);
  if (node->is_null) {
    /* A section with nothing in it, perhaps commented out. */
    node->kind = NODE_MAP;
    node->is_null = 0;
  }
  if (node->kind != NODE_MAP) return refuse_kind(c, node, path, field);
  if (schema_is_typed(field)) return check_typed(c, node, path, field);
  return check_map(c, node, path, field->fields, field->n_fields, -1);
}

Status check_tree(Tree *tree, Report *report) {
  Check c = {.tree = tree, .report = report};
  int n;
  const Field *fields = schema_fields(&n);
  Node *root = tree->root;
  if (root->is_null)
    return report_fault(report, 0, "", "empty; accepted: a configuration with network.layers");
  if (root->kind != NODE_MAP)
    return report_fault(report, root->line, "",
                        "not a configuration; accepted: keys and values, network.layers at least");
  return check_map(&c, root, "", fields, n, -1);
}
