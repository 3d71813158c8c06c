#ifndef NORMLAB_CONFIG_VALUE_H
#define NORMLAB_CONFIG_VALUE_H
/* The values of a key, by its type: from text, to text, and in words. */
#include "base/text_buffer.h"
#include "rows.h"

/* The I-th word that a key takes, NULL past the last or where it takes no words. kinds: for the
 * types of sections. */
const char *key_word(const Key *key, const Kinds *kinds, int i);
int key_takes_words(const Key *key);
int key_is_list(const Key *key);

/* What is wrong with a single value or an entry of a list ("is out of range"), or NULL. Not for
 * words and norms. */
const char *key_problem(const Key *key, const char *text);
/* Stores what the node says, which has been checked. base: where the offsets of the key begin. */
Status key_store(void *base, const Key *key, const Node *node, const Kinds *kinds) MUST_CHECK;
/* Adds the value at an address as YAML; not that of layers. */
void key_text(TextBuffer *text, const Key *key, const void *base);
/* Adds a default as key_text would, were it the value. */
void key_default_text(TextBuffer *text, const Key *key, const char *fallback);
/* The numbers of a value, which ConfigValue describes; returns n. */
enum { MAX_NUMBERS = 64 };
int key_numbers(double number[MAX_NUMBERS], const Key *key, const void *base);

/* What a key takes, in words: "a number from 0 to below 1". */
void key_describe(char *text, size_t bytes, const Key *key, const Kinds *kinds);

#endif
