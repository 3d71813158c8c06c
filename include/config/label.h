#ifndef NORMLAB_CONFIG_LABEL_H
#define NORMLAB_CONFIG_LABEL_H
/* Keys and values of a configuration in names: of files, of variants. Not collective. */
#include <stddef.h>

/* Returns a key in short: what follows its last point ("lr"), unless another of keys [n] ends in
 * the same word; then the key itself. */
const char *label_key(const char *key, const char *const *keys, size_t n);

/* Turns a text into a part of a file name, in place: lower case, and each row of characters other
 * than a-z, 0-9, dot and underscore is one '-', none at the ends. Returns whether it is another
 * text now. */
int label_slug(char *text);

#endif
