#include "rows.h"

#include <string.h>

int config_key_makes_variant(const char *path) {
  const Key *key = key_at(path);
  return !key || key->effect == EFFECT_RESULTS;
}

int config_key_applies(const Kinds *kinds, const char *path, const char *type) {
  char name[PATH_TEXT];
  size_t length = strcspn(path, ".");
  if (!path[length] || length >= sizeof name) return 1;
  memcpy(name, path, length);
  name[length] = '\0';
  const Key *section = key_at(name), *choice = section ? key_of_kind(section) : NULL;
  if (!choice) return 1;
  const KindList *list = kind_list(kinds, choice);
  int is_key = 0, is_type = 0;
  for (int i = 0; i < list->n; i++) {
    int has_it = kind_key(list->kind[i], path + length + 1) != NULL;
    int is_it = strcmp(list->kind[i]->name, type) == 0;
    if (is_it && has_it) return 1;
    is_key |= has_it;
    is_type |= is_it;
  }
  return !is_key || !is_type;
}
