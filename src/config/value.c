#include "value.h"

#include "base/log.h"
#include "values.h"

#include <stdlib.h>
#include <string.h>

static const char *const SWITCHES[] = {"true", "false", "yes", "no", NULL};

const char *key_word(const Key *key, const Kinds *kinds, int i) {
  const char *const *words = key->type == KEY_SWITCH ? SWITCHES : key->words;
  if (key->type != KEY_KIND) return words ? words[i] : NULL;
  const KindList *list = kind_list(kinds, key);
  return i < list->n ? list->kind[i]->name : NULL;
}

int key_takes_words(const Key *key) {
  return key->type == KEY_SWITCH || key->type == KEY_WORD || key->type == KEY_WORDS ||
         key->type == KEY_KIND;
}

int key_is_list(const Key *key) {
  return key->type == KEY_NUMBERS || key->type == KEY_WHOLES || key->type == KEY_WORDS ||
         key->type == KEY_LAYERS;
}

static int word_number(const Key *key, const Kinds *kinds, const char *text) {
  for (int i = 0;; i++) {
    const char *word = key_word(key, kinds, i);
    BUG_IF(!word);
    if (strcmp(word, text) == 0) return i;
  }
}

static int is_in(const Range *range, double value) {
  int is_high_enough = range->is_above ? value > range->low : value >= range->low;
  int is_low_enough = range->is_below ? value < range->high : value <= range->high;
  return isfinite(value) && is_high_enough && is_low_enough && !(value > 0 && value < range->gap);
}

const char *key_problem(const Key *key, const char *text) {
  double number, seconds;
  int64_t whole;
  uint64_t seed;
  int steps, is_fine;
  switch (key->type) {
  case KEY_NUMBER:
  case KEY_NUMBERS:
    if (!number_parse(&number, text)) return "is not a number";
    return is_in(&key->range, number) ? NULL : "is out of range";
  case KEY_WHOLE:
  case KEY_WHOLES:
    if (!whole_parse(&whole, text)) return "is not a whole number";
    return is_in(&key->range, (double)whole) ? NULL : "is out of range";
  case KEY_SEED:
    return seed_parse(&seed, text) ? NULL : "is no whole number of 64 bits";
  case KEY_INTERVAL:
    is_fine = interval_parse(&steps, &seconds, text);
    break;
  default:
    is_fine = name_is_fine(text);
  }
  return is_fine ? NULL : "is not understood";
}

static void store_number(double *at, const char *text) {
  BUG_IF(!number_parse(at, text));
}

static void store_whole(int *at, const char *text) {
  int64_t whole;
  BUG_IF(!whole_parse(&whole, text));
  *at = (int)whole;
}

static void store_entry(void *at, int i, const Key *key, const char *text) {
  if (key->type == KEY_NUMBERS)
    store_number((double *)at + i, text);
  else if (key->type == KEY_WHOLES)
    store_whole((int *)at + i, text);
  else
    ((int *)at)[i] = word_number(key, NULL, text);
}

static Status store_kind(void *at, void *beside, const Key *key, const char *text,
                         const Kinds *kinds) {
  const Kind *kind = kind_list(kinds, key)->kind[word_number(key, kinds, text)];
  void *settings = calloc(1, kind->settings_bytes ? kind->settings_bytes : 1);
  if (!settings) return status_error(STATUS_MEMORY, "configuration: no memory");
  *(const Kind **)at = kind;
  *(void **)beside = settings;
  return status_ok();
}

static Status store_name(char **at, const char *text) {
  *at = strdup(text);
  return *at ? status_ok() : status_error(STATUS_MEMORY, "configuration: no memory");
}

Status key_store(void *base, const Key *key, const Node *node, const Kinds *kinds) {
  void *at = (char *)base + key->offset, *beside = (char *)base + key->beside;
  const char *text = node->value;
  int word = key->type == KEY_SWITCH || key->type == KEY_WORD ? word_number(key, kinds, text) : 0;
  switch (key->type) {
  case KEY_NUMBER:
    store_number(at, text);
    break;
  case KEY_WHOLE:
    store_whole(at, text);
    break;
  case KEY_SEED:
    BUG_IF(!seed_parse(at, text));
    break;
  case KEY_SWITCH:
    *(int *)at = word % 2 == 0;
    break;
  case KEY_WORD:
    if (key->keeps_word)
      *(const char **)at = key->words[word];
    else
      *(int *)at = word;
    break;
  case KEY_NORM:
    return norm_spec_parse(at, text);
  case KEY_INTERVAL:
    BUG_IF(!interval_parse(at, beside, text));
    break;
  case KEY_NAME:
    return store_name(at, text);
  case KEY_KIND:
    return store_kind(at, beside, key, text, kinds);
  default:
    for (const Node *entry = node->first; entry; entry = entry->next)
      store_entry(at, (*(int *)beside)++, key, entry->value);
  }
  return status_ok();
}

static void add_number(TextBuffer *text, double value) {
  char number[NUMBER_TEXT];
  number_text(number, value);
  text_add(text, "%s", number);
}

static void add_list(TextBuffer *text, const Key *key, const void *at, int n) {
  text_add(text, "[");
  for (int i = 0; i < n; i++) {
    if (i > 0) text_add(text, ", ");
    if (key->type == KEY_NUMBERS)
      add_number(text, ((const double *)at)[i]);
    else if (key->type == KEY_WHOLES)
      text_add(text, "%d", ((const int *)at)[i]);
    else
      text_add(text, "%s", key->words[((const int *)at)[i]]);
  }
  text_add(text, "]");
}

void key_text(TextBuffer *text, const Key *key, const void *base) {
  const void *at = (const char *)base + key->offset, *beside = (const char *)base + key->beside;
  char norm[NORM_SPEC_TEXT], interval[NUMBER_TEXT];
  switch (key->type) {
  case KEY_NUMBER:
    add_number(text, *(const double *)at);
    break;
  case KEY_WHOLE:
    text_add(text, "%d", *(const int *)at);
    break;
  case KEY_SEED:
    text_add(text, "%llu", *(const unsigned long long *)at);
    break;
  case KEY_SWITCH:
    text_add(text, *(const int *)at ? "true" : "false");
    break;
  case KEY_WORD:
    text_add(text, "%s", key->keeps_word ? *(const char *const *)at : key->words[*(const int *)at]);
    break;
  case KEY_NORM:
    norm_spec_text(norm, *(const NormSpec *)at);
    text_add(text, "%s", norm);
    break;
  case KEY_INTERVAL:
    interval_text(interval, *(const int *)at, *(const double *)beside);
    text_add(text, "%s", interval);
    break;
  case KEY_NAME:
    text_add(text, "%s", *(const char *const *)at);
    break;
  case KEY_KIND:
    text_add(text, "%s", (*(const Kind *const *)at)->name);
    break;
  default:
    add_list(text, key, at, *(const int *)beside);
  }
}

void key_default_text(TextBuffer *text, const Key *key, const char *fallback) {
  char interval[NUMBER_TEXT];
  double number, seconds;
  int steps;
  switch (key->type) {
  case KEY_NUMBER:
    store_number(&number, fallback);
    add_number(text, number);
    break;
  case KEY_INTERVAL:
    BUG_IF(!interval_parse(&steps, &seconds, fallback));
    interval_text(interval, steps, seconds);
    text_add(text, "%s", interval);
    break;
  default: /* written as it is read */
    text_add(text, "%s", fallback);
  }
}

int key_numbers(double number[MAX_NUMBERS], const Key *key, const void *base) {
  const void *at = (const char *)base + key->offset, *beside = (const char *)base + key->beside;
  int is_list = key->type == KEY_NUMBERS || key->type == KEY_WHOLES;
  int n = is_list ? *(const int *)beside : 1;
  BUG_IF(n > MAX_NUMBERS);
  for (int i = 0; i < n; i++) switch (key->type) {
    case KEY_NUMBER:
    case KEY_NUMBERS:
      number[i] = ((const double *)at)[i];
      break;
    case KEY_WHOLE:
    case KEY_WHOLES:
    case KEY_SWITCH:
      number[i] = ((const int *)at)[i];
      break;
    default:
      return -1;
    }
  return n;
}
