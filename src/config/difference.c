#include "cursor.h"

#include <stdio.h>
#include <string.h>

/* The next value that results depend on. */
static int next(Cursor *cursor) {
  while (cursor_next(cursor))
    if (cursor->row.key->effect != EFFECT_NONE) return 1;
  return 0;
}

/* Up to the first difference both have the same keys in the same order: the type of a section comes
 * before its keys. Only the layers may be more or fewer. */
int config_difference(char *text, size_t bytes, const Config *here, const Config *there) {
  Cursor a, b;
  cursor_start(&a, here);
  cursor_start(&b, there);
  while (next(&a) && next(&b)) {
    TextBuffer own, other;
    if (strcmp(a.path, b.path) != 0) {
      snprintf(text, bytes, "network.layers: %d layers here, %d there", here->network.n_layers,
               there->network.n_layers);
      return 1;
    }
    cursor_text(&own, &a);
    cursor_text(&other, &b);
    if (strcmp(own.text, other.text) == 0) continue;
    snprintf(text, bytes, "%s: %s here, %s there", a.path, own.text, other.text);
    return 1;
  }
  return 0;
}
