#include "op.h"

#include <stdio.h>
#include <string.h>

void text_append(char *text, size_t bytes, const char *more) {
  size_t used = strlen(text);
  if (used < bytes) snprintf(text + used, bytes - used, "%s", more);
}

/* Appends with a comma, but for the first of the names. */
static void add(char *text, size_t bytes, const char *more, int *n) {
  if ((*n)++ > 0) text_append(text, bytes, ", ");
  text_append(text, bytes, more);
}

void op_name(const Op *op, char *text, size_t bytes) {
  int n = 0;
  if (!op->kind->is_tail) add(text, bytes, op->kind->name, &n);
  if (op->kind->size_text) {
    char size[32];
    op->kind->size_text(op, size);
    text_append(text, bytes, " ");
    text_append(text, bytes, size);
  }
  if (op->threshold) add(text, bytes, "dropout", &n);
  if (op->relu) add(text, bytes, "ReLU", &n);
}
