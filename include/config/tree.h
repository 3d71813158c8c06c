#ifndef NORMLAB_CONFIG_TREE_H
#define NORMLAB_CONFIG_TREE_H
/* A YAML document as a tree. Its nodes know their lines, and options of the command line can
 * change it. It supports only what a configuration or a study needs: mappings, lists and single
 * values, but no anchors, aliases, tags, or keys given twice. Not collective. */
#include "base/status.h"
#include <stddef.h>

enum {
  PATH_TEXT = 200, /* the longest path in a message; what is longer is cut */
  SHOWN_TEXT = 64  /* the longest value in a message, likewise */
};

/* What is wrong, in parts, so that the message can name an option in place of the file. */
typedef struct Report {
  const char *file;
  int line; /* 0: no line is known */
  char path[PATH_TEXT];
  char text[600];
} Report;

/* Fills in the report, and returns it as STATUS_USAGE with "FILE:LINE: PATH: text". */
Status report_fault(Report *report, int line, const char *path, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 4, 5)));

/* Copies a value for a message: it is cut, and control characters are replaced. Returns shown. */
const char *show(char shown[SHOWN_TEXT], const char *value);

typedef enum NodeKind { NODE_VALUE, NODE_LIST, NODE_MAP } NodeKind;

typedef struct Node Node;
struct Node {
  NodeKind kind;
  int line;    /* the line in the file; 0: it comes from an option */
  int is_null; /* 1: nothing is written there */
  char *key;   /* its key, if it stands in a mapping; NULL elsewhere */
  char *value; /* the text of a NODE_VALUE */
  Node *first, *last, *next;
  int n;       /* the number of children */
  Node *chain; /* links all nodes of the tree */
};

/* A tree, which owns its nodes; the caller frees it by tree_free(). */
typedef struct Tree {
  Node *root;
  Node *chain;
} Tree;

void tree_free(Tree *tree);

/* Reads a document of so many bytes into nodes of the tree; *root is the topmost. `path` and the
 * file of the report are for messages. If is_option is 1, the text comes from an option, and
 * messages name no lines. Returns STATUS_USAGE or STATUS_MEMORY. */
Status tree_parse(Tree *tree, Node **root, const char *text, size_t bytes, const char *path,
                  int is_option, Report *report) MUST_CHECK;

/* Makes a new node. key and value are copied and may be NULL. Returns STATUS_MEMORY. */
Status tree_node(Tree *tree, Node **node, NodeKind kind, int line, const char *key,
                 const char *value) MUST_CHECK;
/* Adds a child at the end of a parent. */
void node_append(Node *parent, Node *child);
/* Returns the child whose key (in a list: whose number) is the first `length` bytes of `key`, or
 * NULL. */
Node *node_child(const Node *parent, const char *key, size_t length);
/* Returns the node at a path such as "network.layers.3", or NULL. */
Node *tree_find(const Tree *tree, const char *path);
/* Sets the value at a path to what `text` says in YAML. Mappings on the way to it are made if they
 * are missing. Returns STATUS_USAGE or STATUS_MEMORY. */
Status tree_set(Tree *tree, const char *path, const char *text, Report *report) MUST_CHECK;
/* Writes a node, without its key, as one line of YAML; its values must need no escapes. `quote` is
 * "", or "\"" if every value is to be read as a text. The caller frees *text by free(). Returns
 * STATUS_MEMORY. */
Status node_text(char **text, size_t *bytes, const Node *node, const char *quote) MUST_CHECK;

/* Reads a whole file of at most 1 MiB. *bytes does not count the NUL at its end. The caller frees
 * *text by free(). Returns STATUS_FILE, or STATUS_USAGE if the file is longer. */
Status tree_read_text(char **text, size_t *bytes, const char *file) MUST_CHECK;

#endif
