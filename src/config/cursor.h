#ifndef NORMLAB_CONFIG_CURSOR_H
#define NORMLAB_CONFIG_CURSOR_H
/* Walks over the values of a configuration that mean something, in the order of its text; each
 * layer is one value. */
#include "value.h"

typedef struct Cursor {
  const Config *config;
  unsigned bits; /* what keys may need, of the configuration */
  Rows rows;     /* of the section that it is in */
  const Key *section;
  int next_top, next_row, next_layer;
  /* the value that it stands on */
  char path[PATH_TEXT];
  Row row;
  const void *base; /* where the offsets of the row begin */
  int layer;        /* of KEY_LAYERS: which one */
} Cursor;

/* Before the first value. */
void cursor_start(Cursor *cursor, const Config *config);
/* Goes on to the next value; returns 0 if there is none. */
int cursor_next(Cursor *cursor);
/* Adds the value as config_text writes it. */
void cursor_text(TextBuffer *text, const Cursor *cursor);

/* Whether a value is what its row gives as default. base: where the offsets of its key begin; kind:
 * of the mapping that it stands in, or NULL. */
int row_is_default(const Row *row, const void *base, const Config *config, const Kind *kind);

#endif
