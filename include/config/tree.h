#ifndef NORMLAB_CONFIG_TREE_H
#define NORMLAB_CONFIG_TREE_H
/* A YAML document as a tree whose nodes know their lines, and which options of the command line can
 * change. Only what a configuration or a study needs: mappings, lists and single values; no
 * anchors, aliases, tags, or keys given twice. */
#include "base/status.h"
#include <stddef.h>

enum {
  PATH_TEXT = 200, /* longest path in a message; what is longer is cut */
  SHOWN_TEXT = 64  /* a value in a message */
};

/* What is wrong, in parts, so that an option can be blamed in place of the file. */
typedef struct Report {
  const char *file;
  int line; /* 0: none */
  char path[PATH_TEXT];
  char text[600];
} Report;

/* Fills the report; returns STATUS_USAGE, "FILE:LINE: PATH: text". */
Status report_fault(Report *report, int line, const char *path, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 4, 5)));

/* Copies a value for a message: cut, control characters replaced. Returns shown. */
const char *show(char shown[SHOWN_TEXT], const char *value);

typedef enum NodeKind { NODE_VALUE, NODE_LIST, NODE_MAP } NodeKind;

typedef struct Node Node;
struct Node {
  NodeKind kind;
  int line;    /* in the file; 0: from an option */
  int is_null; /* nothing is written there */
  char *key;   /* in a mapping; NULL elsewhere */
  char *value; /* NODE_VALUE */
  Node *first, *last, *next;
  int n;       /* children */
  Node *chain; /* all nodes of the tree */
};

typedef struct Tree {
  Node *root;
  Node *chain;
} Tree;

void tree_free(Tree *tree);

/* Reads a document into nodes of the tree. path and the report's file are for messages; is_option:
 * lines are not worth telling. */
Status tree_parse(Tree *tree, Node **root, const char *text, size_t bytes, const char *path,
                  int is_option, Report *report) MUST_CHECK;

/* A new node; key and value are copied and may be NULL. */
Status tree_node(Tree *tree, Node **node, NodeKind kind, int line, const char *key,
                 const char *value) MUST_CHECK;
void node_append(Node *parent, Node *child);
/* The child whose key (number, in a list) is the first LENGTH bytes of KEY, or NULL. */
Node *node_child(const Node *parent, const char *key, size_t length);
/* The node at a path "network.layers.3", or NULL. */
Node *tree_find(const Tree *tree, const char *path);
/* Sets the value at a path to what TEXT says in YAML; mappings on the way are created. */
Status tree_set(Tree *tree, const char *path, const char *text, Report *report) MUST_CHECK;
/* A node, without its key, as one line of YAML; values may need no escapes. quote: "", or "\"" for
 * every value to be read as a text. For free(). */
Status node_text(char **text, size_t *bytes, const Node *node, const char *quote) MUST_CHECK;

/* A whole file of at most 1 MiB, for free(); *bytes without the NUL at its end. STATUS_FILE, or
 * STATUS_USAGE if it is longer. */
Status tree_read_text(char **text, size_t *bytes, const char *file) MUST_CHECK;

#endif
