#include "manual_parts.h"

#include <stdio.h>
#include <string.h>

static void add(char text[MANUAL_TEXT], const char *separator, const char *word) {
  size_t used = strlen(text);
  snprintf(text + used, MANUAL_TEXT - used, "%s%s", *text ? separator : "", word);
}

static const char *other_default(const Kind *kind, const char *name) {
  for (int i = 0; i < kind->n_keys; i++)
    if (kind->keys[i].type == KEY_DEFAULT && strcmp(kind->keys[i].name, name) == 0)
      return kind->keys[i].fallback;
  return NULL;
}

/* The kinds whose default of a key of the section is this one. */
static void add_kinds(char text[MANUAL_TEXT], const KindList *list, const char *name,
                      const char *fallback) {
  char words[MANUAL_TEXT] = "", one[MANUAL_TEXT];
  for (int i = 0; i < list->n; i++) {
    const char *other = other_default(list->kind[i], name);
    if (other && strcmp(other, fallback) == 0) add(words, ", ", list->kind[i]->name);
  }
  snprintf(one, sizeof one, "%.60s for %.300s", fallback, words);
  add(text, "; ", one);
}

void manual_default(char text[MANUAL_TEXT], const Row *row, const Key *section,
                    const Kinds *kinds) {
  const Key *key = row->key;
  *text = '\0';
  if (key->type == KEY_NAME)
    add(text, "", "the file's name, without folder and suffix");
  else if (!row->fallback)
    add(text, "", "none; it must be given");
  else if (*row->fallback == '=')
    snprintf(text, MANUAL_TEXT, "what %s says", row->fallback + 1);
  else
    add(text, "", row->fallback);
  const Key *type = section ? key_of_kind(section) : NULL;
  if (!type) return;
  const KindList *list = kind_list(kinds, type);
  for (int i = 0; i < list->n; i++) {
    const char *other = other_default(list->kind[i], key->name);
    int is_told = 0;
    for (int k = 0; k < i && other; k++) {
      const char *before = other_default(list->kind[k], key->name);
      is_told |= before && strcmp(before, other) == 0;
    }
    if (other && !is_told) add_kinds(text, list, key->name, other);
  }
}

int manual_kinds(char text[MANUAL_TEXT], const KindList *list, const char *name, int has) {
  int n = 0;
  *text = '\0';
  for (int i = 0; i < list->n; i++) {
    if ((kind_key(list->kind[i], name) != NULL) != has) continue;
    add(text, ", ", list->kind[i]->name);
    n++;
  }
  return n;
}
