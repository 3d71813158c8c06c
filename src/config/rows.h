#ifndef NORMLAB_CONFIG_ROWS_H
#define NORMLAB_CONFIG_ROWS_H
/* The keys of a mapping, those of its kind among them, and where they mean something. */
#include "config/config.h"
#include "config/tree.h"

typedef struct Row {
  const Key *key;
  const char *fallback; /* the kind's, where it has one */
  int of_kind;          /* 1: its offsets are in the kind's settings */
} Row;

enum { MAX_ROWS = 64 };
typedef struct Rows {
  Row row[MAX_ROWS];
  int n;
} Rows;

/* The top of the file. */
void rows_top(Rows *rows);
/* Below a KEY_SECTION or KEY_LAYERS; kind: NULL where it has no kind. */
void rows_below(Rows *rows, const Key *section, const Kind *kind);

/* The KEY_KIND row of a section or of a layer, or NULL. */
const Key *key_of_kind(const Key *section);
const KindList *kind_list(const Kinds *kinds, const Key *key);
/* A kind's own row of this name, or NULL. */
const Key *kind_key(const Kind *kind, const char *name);

/* The bit of an operation of a block by its name; 0 if there is none. */
unsigned operation_bit(const char *word);
/* The bits of the operations in network.order. */
unsigned operation_bits(const NetworkConfig *network);
/* Whether a key means something with these operations in network.order. */
int key_applies(const Key *key, unsigned operations);

/* The row at a path of one or two names ("seed", "network.norm"), or NULL. */
const Key *key_at(const char *path);

#endif
