#include "value.h"
#include "values.h"

#include <stdio.h>

static void describe_range(char *text, size_t bytes, const char *kind, const Range *range) {
  char low[NUMBER_TEXT], high[NUMBER_TEXT], gap[NUMBER_TEXT];
  number_text(low, range->low);
  number_text(high, range->high);
  number_text(gap, range->gap);
  if (range->gap > 0)
    snprintf(text, bytes, "0, or %s from %s to %s", kind, gap, high);
  else if (isinf(range->low))
    snprintf(text, bytes, "%s", kind);
  else if (isinf(range->high))
    snprintf(text, bytes, "%s %s %s", kind, range->is_above ? "above" : "of at least", low);
  else
    snprintf(text, bytes, "%s %s %s %s %s", kind, range->is_above ? "above" : "from", low,
             range->is_below ? (range->is_above ? "and below" : "to below") : "to", high);
}

static void describe_words(char *text, size_t bytes, const Key *key, const Kinds *kinds) {
  size_t used = 0;
  const char *word;
  for (int i = 0; (word = key_word(key, kinds, i)) != NULL && used < bytes; i++)
    used += (size_t)snprintf(text + used, bytes - used, "%s%s", i ? ", " : "", word);
}

/* A single value, or an entry of a list. */
static void describe_value(char *text, size_t bytes, const Key *key, const Kinds *kinds) {
  switch (key->type) {
  case KEY_NUMBER:
  case KEY_NUMBERS:
    describe_range(text, bytes, "a number", &key->range);
    break;
  case KEY_WHOLE:
  case KEY_WHOLES:
    describe_range(text, bytes, "a whole number", &key->range);
    break;
  case KEY_SEED:
    snprintf(text, bytes, "a whole number from 0 to %llu", ~0ull);
    break;
  case KEY_NORM:
    norm_spec_accepted(text, bytes);
    break;
  case KEY_INTERVAL:
    snprintf(text, bytes, "steps like 50, times like 30s, 10min, 2h, or 0 for none");
    break;
  case KEY_NAME:
    snprintf(text, bytes, "up to 64 letters, digits and . _ + -, a letter, digit or _ first");
    break;
  default:
    describe_words(text, bytes, key, kinds);
  }
}

void key_describe(char *text, size_t bytes, const Key *key, const Kinds *kinds) {
  char each[500] = "";
  if (key->type == KEY_SECTION) {
    snprintf(text, bytes, "keys and values below it");
  } else if (key->type == KEY_LAYERS) {
    snprintf(text, bytes, "a list of %d to %d layers like {type: conv, channels: 8}", key->least,
             key->most);
  } else if (key_is_list(key)) {
    describe_value(each, sizeof each, key, kinds);
    snprintf(text, bytes, "a list [...] of %d to %d entries, each %s%s", key->least, key->most,
             key_takes_words(key) ? "one of " : "", each);
  } else {
    describe_value(text, bytes, key, kinds);
  }
}
