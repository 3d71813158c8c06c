#include "config/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Status report_fault(Report *report, int line, const char *path, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(report->text, sizeof report->text, format, arguments);
  va_end(arguments);
  report->line = line;
  snprintf(report->path, sizeof report->path, "%s", path);
  char number[16] = "";
  if (line > 0) snprintf(number, sizeof number, ":%d", line);
  return status_error(STATUS_USAGE, "%s%s: %s%s%s", report->file, number, report->path,
                      path[0] ? ": " : "", report->text);
}

const char *show(char shown[SHOWN_TEXT], const char *value) {
  size_t used = 0;
  const size_t room = SHOWN_TEXT - 4;
  for (; value[used] && used < room; used++) {
    unsigned char c = (unsigned char)value[used];
    shown[used] = c < ' ' || c == 127 ? '?' : value[used];
  }
  if (value[used]) {
    while (used > 0 && ((unsigned char)value[used] & 0xc0) == 0x80) used--;
    memcpy(shown + used, "...", 3);
    used += 3;
  }
  shown[used] = '\0';
  return shown;
}

void tree_free(Tree *tree) {
  for (Node *node = tree->chain; node;) {
    Node *after = node->chain;
    free(node->key);
    free(node->value);
    free(node);
    node = after;
  }
  *tree = (Tree){0};
}

static Status copy(char **to, const char *from) {
  *to = NULL;
  if (from && !(*to = strdup(from)))
    return status_error(STATUS_MEMORY, "configuration: no memory for %zu bytes", strlen(from) + 1);
  return status_ok();
}

Status tree_node(Tree *tree, Node **node, NodeKind kind, int line, const char *key,
                 const char *value) {
  *node = calloc(1, sizeof **node);
  if (!*node)
    return status_error(STATUS_MEMORY, "configuration: no memory for %zu bytes", sizeof **node);
  (*node)->kind = kind;
  (*node)->line = line;
  (*node)->chain = tree->chain;
  tree->chain = *node;
  TRY(copy(&(*node)->key, key));
  return copy(&(*node)->value, value);
}

void node_append(Node *parent, Node *child) {
  if (parent->last)
    parent->last->next = child;
  else
    parent->first = child;
  parent->last = child;
  parent->n++;
}

Node *node_child(const Node *parent, const char *key, size_t length) {
  Node *child = parent->first;
  if (parent->kind == NODE_MAP) {
    while (child && (strlen(child->key) != length || memcmp(child->key, key, length) != 0))
      child = child->next;
    return child;
  }
  if (length == 0 || length > 6) return NULL;
  int index = 0;
  for (size_t i = 0; i < length; i++) {
    if (key[i] < '0' || key[i] > '9') return NULL;
    index = index * 10 + (key[i] - '0');
  }
  while (child && index-- > 0) child = child->next;
  return child;
}

Node *tree_find(const Tree *tree, const char *path) {
  Node *node = tree->root;
  while (node && *path) {
    size_t length = strcspn(path, ".");
    node = node_child(node, path, length);
    path += length;
    if (*path == '.') path++;
  }
  return node;
}

static void replace(Node *parent, Node *old, Node *node) {
  Node **link = &parent->first;
  while (*link != old) link = &(*link)->next;
  *link = node;
  node->next = old->next;
  if (parent->last == old) parent->last = node;
}

/* One step down a path; in a mapping a missing child is created. */
static Status descend(Tree *tree, Node *parent, Node **child, const char *path, size_t start,
                      size_t length, Report *report) {
  char above[PATH_TEXT], key[SHOWN_TEXT];
  snprintf(above, sizeof above, "%.*s", (int)(start ? start - 1 : 0), path);
  if (parent->is_null) {
    parent->kind = NODE_MAP;
    parent->is_null = 0;
  }
  if (parent->kind == NODE_VALUE)
    return report_fault(report, 0, above, "is a single value and has no keys below it");
  *child = node_child(parent, path + start, length);
  if (*child) return status_ok();
  char *name = strndup(path + start, length);
  if (!name) return status_error(STATUS_MEMORY, "configuration: no memory");
  Status status;
  if (parent->kind == NODE_LIST && parent->n == 0)
    status = report_fault(report, 0, above, "is an empty list; set the list itself");
  else if (parent->kind == NODE_LIST)
    status = report_fault(report, 0, above, "there is no entry '%s'; accepted: 0 to %d",
                          show(key, name), parent->n - 1);
  else
    status = tree_node(tree, child, NODE_MAP, 0, name, NULL);
  if (status.code == STATUS_OK) node_append(parent, *child);
  free(name);
  return status;
}

Status tree_set(Tree *tree, const char *path, const char *text, Report *report) {
  Node *node, *parent = NULL, *child = tree->root;
  TRY(tree_parse(tree, &node, text, strlen(text), path, 1, report));
  if (node->is_null) return report_fault(report, 0, path, "no value");
  for (size_t start = 0;; start++) {
    size_t length = strcspn(path + start, ".");
    if (length == 0)
      return report_fault(report, 0, path, "not a key; accepted: keys like optimizer.lr");
    parent = child;
    TRY(descend(tree, parent, &child, path, start, length, report));
    start += length;
    if (!path[start]) break;
  }
  TRY(copy(&node->key, child->key));
  replace(parent, child, node);
  return status_ok();
}

static void write_node(FILE *out, const Node *node, const char *quote) {
  if (node->kind == NODE_VALUE) {
    fprintf(out, "%s%s%s", quote, node->value, quote);
    return;
  }
  fputc(node->kind == NODE_MAP ? '{' : '[', out);
  for (const Node *child = node->first; child; child = child->next) {
    if (child->key) fprintf(out, "%s%s%s: ", quote, child->key, quote);
    write_node(out, child, quote);
    if (child->next) fputs(", ", out);
  }
  fputc(node->kind == NODE_MAP ? '}' : ']', out);
}

Status node_text(char **text, size_t *bytes, const Node *node, const char *quote) {
  *text = NULL;
  FILE *out = open_memstream(text, bytes);
  if (!out) return status_error(STATUS_MEMORY, "configuration: no memory");
  write_node(out, node, quote);
  int failed = ferror(out);
  if (fclose(out) == 0 && !failed && *text) return status_ok();
  free(*text);
  *text = NULL;
  return status_error(STATUS_MEMORY, "configuration: no memory");
}
