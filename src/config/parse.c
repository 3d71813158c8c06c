#include "config/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

/* No configuration comes near these; they bound the work a hostile file can cause. */
enum { MAX_DEPTH = 8, MAX_KEYS = 100, MAX_ENTRIES = 10000, MAX_BYTES = 1 << 20 };

typedef struct Reader {
  yaml_parser_t parser;
  yaml_event_t event;
  Tree *tree;
  Report *report;
  const char *text, *path;
  size_t bytes;
  int is_option;
} Reader;

static int line_here(const Reader *r) {
  return r->is_option ? 0 : (int)r->event.start_mark.line + 1;
}

static Status syntax_error(Reader *r) {
  const yaml_parser_t *p = &r->parser;
  if (p->error == YAML_MEMORY_ERROR)
    return status_error(STATUS_MEMORY, "%s: no memory to read it", r->report->file);
  if (p->error == YAML_READER_ERROR) {
    /* The reader runs ahead of the scanner and has no line yet. */
    int line = 1;
    for (size_t i = 0; i < r->bytes && i < p->problem_offset; i++) line += r->text[i] == '\n';
    return report_fault(r->report, r->is_option ? 0 : line, r->path,
                        "not a text in UTF-8 (%s); accepted: YAML", p->problem);
  }
  return report_fault(r->report, r->is_option ? 0 : (int)p->problem_mark.line + 1, r->path,
                      "not YAML at column %d: %s%s%s", (int)p->problem_mark.column + 1, p->problem,
                      p->context ? " " : "", p->context ? p->context : "");
}

static Status next(Reader *r) {
  yaml_event_delete(&r->event);
  return yaml_parser_parse(&r->parser, &r->event) ? status_ok() : syntax_error(r);
}

static Status plain_only(Reader *r, const yaml_char_t *anchor, const yaml_char_t *tag,
                         const char *path) {
  if (anchor)
    return report_fault(r->report, line_here(r), path,
                        "anchors (&%.20s) are not accepted; write the value out", anchor);
  if (tag)
    return report_fault(r->report, line_here(r), path,
                        "tags (%.30s) are not accepted; write the value alone", tag);
  return status_ok();
}

static Status read_value(Reader *r, Node **node, const char *key, const char *path) {
  const char *value = (const char *)r->event.data.scalar.value;
  size_t length = r->event.data.scalar.length;
  TRY(plain_only(r, r->event.data.scalar.anchor, r->event.data.scalar.tag, path));
  if (strlen(value) != length)
    return report_fault(r->report, line_here(r), path, "a NUL character; accepted: text");
  TRY(tree_node(r->tree, node, NODE_VALUE, line_here(r), key, value));
  int is_plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  (*node)->is_null =
      is_plain && (!*value || strcmp(value, "~") == 0 || strcasecmp(value, "null") == 0);
  return status_ok();
}

static Status read_node(Reader *r, Node **node, const char *key, const char *path, int depth);

/* The key of the next entry of a mapping; an empty path marks its end. */
static Status read_key(Reader *r, const Node *map, char path[PATH_TEXT], const char *above) {
  char shown[SHOWN_TEXT];
  TRY(next(r));
  path[0] = '\0';
  if (r->event.type == YAML_MAPPING_END_EVENT) return status_ok();
  int line = line_here(r);
  if (r->event.type != YAML_SCALAR_EVENT)
    return report_fault(r->report, line, above, "a key is not a word; accepted: key: value");
  TRY(plain_only(r, r->event.data.scalar.anchor, r->event.data.scalar.tag, above));
  const char *key = (const char *)r->event.data.scalar.value;
  if (!*key || strlen(key) != r->event.data.scalar.length)
    return report_fault(r->report, line, above, "a key is empty; accepted: key: value");
  snprintf(path, PATH_TEXT, "%s%s%s", above, above[0] ? "." : "", show(shown, key));
  const Node *twin = node_child(map, key, strlen(key));
  if (twin)
    return report_fault(r->report, line, path, "given twice, first on line %d; accepted: once each",
                        twin->line);
  if (map->n == MAX_KEYS)
    return report_fault(r->report, line, above, "more than %d keys", MAX_KEYS);
  return status_ok();
}

static Status read_map(Reader *r, Node *map, const char *above, int depth) {
  for (;;) {
    char path[PATH_TEXT];
    TRY(read_key(r, map, path, above));
    if (r->event.type == YAML_MAPPING_END_EVENT) return status_ok();
    char *key = strdup((const char *)r->event.data.scalar.value);
    if (!key) return status_error(STATUS_MEMORY, "configuration: no memory");
    int line = line_here(r);
    Node *child = NULL;
    Status status = next(r);
    if (status.code == STATUS_OK) status = read_node(r, &child, key, path, depth);
    free(key);
    if (status.code != STATUS_OK) return status;
    /* A value may stand lines below its key, and an empty one has no place of its own. */
    child->line = line;
    node_append(map, child);
  }
}

static Status read_list(Reader *r, Node *list, const char *above, int depth) {
  for (;;) {
    char path[PATH_TEXT];
    Node *child;
    snprintf(path, sizeof path, "%.*s.%d", PATH_TEXT - 16, above, list->n);
    TRY(next(r));
    if (r->event.type == YAML_SEQUENCE_END_EVENT) return status_ok();
    if (list->n == MAX_ENTRIES)
      return report_fault(r->report, line_here(r), above, "more than %d entries", MAX_ENTRIES);
    TRY(read_node(r, &child, NULL, path, depth));
    node_append(list, child);
  }
}

static Status read_node(Reader *r, Node **node, const char *key, const char *path, int depth) {
  int line = line_here(r);
  if (depth > MAX_DEPTH)
    return report_fault(r->report, line, path, "nested deeper than %d levels", MAX_DEPTH);
  switch (r->event.type) {
  case YAML_SCALAR_EVENT:
    return read_value(r, node, key, path);
  case YAML_MAPPING_START_EVENT:
    TRY(plain_only(r, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag, path));
    TRY(tree_node(r->tree, node, NODE_MAP, line, key, NULL));
    return read_map(r, *node, path, depth + 1);
  case YAML_SEQUENCE_START_EVENT:
    TRY(plain_only(r, r->event.data.sequence_start.anchor, r->event.data.sequence_start.tag, path));
    TRY(tree_node(r->tree, node, NODE_LIST, line, key, NULL));
    return read_list(r, *node, path, depth + 1);
  case YAML_ALIAS_EVENT:
    return report_fault(r->report, line, path,
                        "aliases (*%.20s) are not accepted; write the value out",
                        r->event.data.alias.anchor);
  default:
    return report_fault(r->report, line, path, "not a value");
  }
}

static Status read_document(Reader *r, Node **root) {
  TRY(next(r));
  TRY(next(r));
  if (r->event.type == YAML_STREAM_END_EVENT) {
    TRY(tree_node(r->tree, root, NODE_VALUE, r->is_option ? 0 : 1, NULL, ""));
    (*root)->is_null = 1;
    return status_ok();
  }
  TRY(next(r));
  TRY(read_node(r, root, NULL, r->path, 0));
  TRY(next(r));
  TRY(next(r));
  if (r->event.type != YAML_STREAM_END_EVENT)
    return report_fault(r->report, line_here(r), r->path,
                        "a second document begins here; accepted: one document");
  return status_ok();
}

Status tree_parse(Tree *tree, Node **root, const char *text, size_t bytes, const char *path,
                  int is_option, Report *report) {
  Reader r = {.tree = tree,
              .report = report,
              .text = text,
              .bytes = bytes,
              .path = path,
              .is_option = is_option};
  if (!yaml_parser_initialize(&r.parser))
    return status_error(STATUS_MEMORY, "%s: no memory to read it", report->file);
  yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, bytes);
  Status status = read_document(&r, root);
  yaml_event_delete(&r.event);
  yaml_parser_delete(&r.parser);
  return status;
}

static Status read_all(char **text, size_t *bytes, FILE *in, const char *file) {
  struct stat facts;
  if (fstat(fileno(in), &facts) == 0 && S_ISDIR(facts.st_mode))
    return status_error(STATUS_FILE, "%s: a folder, where a configuration file is expected", file);
  *text = malloc(MAX_BYTES + 1);
  if (!*text) return status_error(STATUS_MEMORY, "%s: no memory to read it", file);
  *bytes = fread(*text, 1, MAX_BYTES + 1, in);
  if (ferror(in)) return status_errno(STATUS_FILE, errno, "%s: reading", file);
  if (*bytes > MAX_BYTES)
    return status_error(STATUS_USAGE, "%s: more than %d bytes; accepted: a short text in YAML",
                        file, MAX_BYTES);
  return status_ok();
}

Status tree_read_text(char **text, size_t *bytes, const char *file) {
  *text = NULL;
  *bytes = 0;
  FILE *in = fopen(file, "rb");
  if (!in) return status_errno(STATUS_FILE, errno, "%s", file);
  Status status = read_all(text, bytes, in, file);
  fclose(in);
  if (status.code == STATUS_OK) {
    (*text)[*bytes] = '\0';
    return status;
  }
  free(*text);
  *text = NULL;
  return status;
}
