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
/* The bit of a layer's norm: NEEDS_CORRECTED_NORM, or 0. */
unsigned norm_bit(NormSpec norm);
/* What keys may need (Key.needs): the bits of the operations in network.order and of the norms of
 * all layers. */
unsigned config_bits(const Config *config);
/* Whether a key means something where there are these bits. */
int key_applies(const Key *key, unsigned bits);
/* Writes what a key needs: "network.order has norm"; "" if it always means something. */
void key_needs_text(char *text, size_t bytes, const Key *key);

/* The row at a path of one or two names ("seed", "network.norm"), or NULL. */
const Key *key_at(const char *path);

#endif
