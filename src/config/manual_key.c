#include "config/manual.h"

#include "base/log.h"
#include "base/suggest.h"
#include "keys/list.h"
#include "manual_parts.h"

#include <string.h>

enum { NAME_COLUMN = 16 };

typedef struct Manual {
  FILE *out;
  const Kinds *kinds;
  const char *path; /* as it was asked for */
} Manual;

static void print_fact(FILE *out, const char *name, const char *text) {
  fprintf(out, "  %-9s %s\n", name, text);
}

static void print_effect(FILE *out, const Key *key) {
  static const char *const EFFECTS[] = {
      [EFFECT_RESULTS] = "depend on it: runs that differ in it are different variants",
      [EFFECT_REPEATS] = "depend on it; runs that differ in it repeat one variant",
      [EFFECT_NONE] = "do not depend on it"};
  print_fact(out, "results", EFFECTS[key->effect]);
}

static void print_needs(FILE *out, const Key *key) {
  char needs[100], text[120];
  key_needs_text(needs, sizeof needs, key);
  snprintf(text, sizeof text, "only if %s", needs);
  print_fact(out, "scope", text);
}

static void print_facts(FILE *out, const Row *row, const Key *section, const Kinds *kinds) {
  const Key *key = row->key;
  char text[MANUAL_TEXT];
  fprintf(out, "  %s\n", key->documentation);
  key_describe(text, sizeof text, key, kinds);
  print_fact(out, "takes", text);
  manual_default(text, row, section, kinds);
  print_fact(out, "default", text);
  if (key->needs) print_needs(out, key);
  print_effect(out, key);
  if (key->option.name) print_fact(out, "option", key->option.name);
}

static void list_key(FILE *out, const char *name, const char *text) {
  fprintf(out, "  %-*s %s\n", NAME_COLUMN, name, text);
}

/* The names of all keys that some kind has and this one lacks. */
static void print_lacking(FILE *out, const Kind *kind, const KindList *list) {
  char others[MANUAL_TEXT] = "";
  for (int i = 0; i < list->n; i++)
    for (int k = 0; k < list->kind[i]->n_keys; k++) {
      const Key *key = &list->kind[i]->keys[k];
      size_t used = strlen(others);
      int is_new = key->type != KEY_DEFAULT && !kind_key(kind, key->name);
      for (int before = 0; before < i && is_new; before++)
        is_new = !kind_key(list->kind[before], key->name);
      if (is_new)
        snprintf(others + used, sizeof others - used, "%s%s", used ? ", " : "", key->name);
    }
  if (*others) fprintf(out, "  %s mean nothing for it.\n", others);
}

static void print_kind(const Manual *m, const Key *section, const Kind *kind) {
  Rows rows;
  rows_below(&rows, section, kind);
  fprintf(m->out, "%s\n  %s\n  Keys:\n", m->path, kind->summary);
  for (int i = 0; i < rows.n; i++)
    list_key(m->out, rows.row[i].key->name, rows.row[i].key->documentation);
  print_lacking(m->out, kind, kind_list(m->kinds, key_of_kind(section)));
}

static void list_kind(FILE *out, const Kind *kind) {
  char text[MANUAL_TEXT];
  size_t used = (size_t)snprintf(text, sizeof text, "%s", kind->summary);
  const char *separator = "; its keys: ";
  for (int i = 0; i < kind->n_keys && used < sizeof text; i++) {
    if (kind->keys[i].type == KEY_DEFAULT) continue;
    used +=
        (size_t)snprintf(text + used, sizeof text - used, "%s%s", separator, kind->keys[i].name);
    separator = ", ";
  }
  list_key(out, kind->name, text);
}

static void print_section(const Manual *m, const Key *section) {
  const Key *type = key_of_kind(section);
  fprintf(m->out, "%s\n", m->path);
  if (section->type == KEY_LAYERS)
    print_facts(m->out, &(Row){section, section->fallback, 0}, NULL, m->kinds);
  else
    fprintf(m->out, "  %s\n", section->documentation);
  fprintf(m->out, "  Keys%s:\n", type ? " of all types" : "");
  for (int i = 0; i < section->n_keys; i++)
    if (section->keys[i].type != KEY_KIND_KEYS)
      list_key(m->out, section->keys[i].name, section->keys[i].documentation);
  if (!type) return;
  const KindList *list = kind_list(m->kinds, type);
  fprintf(m->out, "  Types:\n");
  for (int i = 0; i < list->n; i++) list_kind(m->out, list->kind[i]);
}

static int same_text(const char *a, const char *b) {
  return a == b || (a && b && strcmp(a, b) == 0);
}

/* Whether two kinds mean the same by a key. */
static int same_key(const Key *a, const Key *b) {
  return a && b && a->type == b->type && same_text(a->fallback, b->fallback) &&
         same_text(a->documentation, b->documentation);
}

/* A key of kinds, once for all that mean the same by it; returns 0 if no kind has it. */
static int print_kind_key(const Manual *m, const KindList *list, const char *name) {
  int n = 0;
  for (int i = 0; i < list->n; i++) {
    const Key *key = kind_key(list->kind[i], name);
    char of[MANUAL_TEXT] = "", lacks[MANUAL_TEXT], scope[3 * MANUAL_TEXT];
    int is_told = !key;
    for (int k = 0; k < i && !is_told; k++) is_told = same_key(key, kind_key(list->kind[k], name));
    if (is_told) continue;
    for (int k = i; k < list->n; k++)
      if (same_key(key, kind_key(list->kind[k], name)))
        snprintf(of + strlen(of), sizeof of - strlen(of), "%s%s", *of ? ", " : "",
                 list->kind[k]->name);
    if (n++ == 0) fprintf(m->out, "%s\n", m->path);
    print_facts(m->out, &(Row){key, key->fallback, 1}, NULL, m->kinds);
    int n_lack = manual_kinds(lacks, list, name, 0);
    snprintf(scope, sizeof scope, "%s%s%s", of, n_lack ? "; means nothing for " : "",
             n_lack ? lacks : "");
    print_fact(m->out, "of type", scope);
  }
  return n > 0;
}

/* The path of a key of this name anywhere, for a name without its section; 0 if there is none. */
static int find_path(char path[MANUAL_TEXT], const Manual *m, const char *name) {
  for (int i = 0; i < N_CONFIG_KEYS; i++) {
    const Key *section = CONFIG_KEYS[i], *type = key_of_kind(section);
    const KindList *list = type ? kind_list(m->kinds, type) : NULL;
    int has_it = 0;
    for (int k = 0; k < section->n_keys; k++)
      has_it |= section->keys[k].name && strcmp(section->keys[k].name, name) == 0;
    for (int k = 0; list && k < list->n; k++)
      has_it |= kind_key(list->kind[k], name) || strcmp(list->kind[k]->name, name) == 0;
    if (!has_it) continue;
    snprintf(path, MANUAL_TEXT, "%.60s.%.300s", section->name, name);
    return 1;
  }
  return 0;
}

static Status refuse(const Manual *m, const Rows *rows, const KindList *list, const char *word) {
  char accepted[MANUAL_TEXT] = "";
  Suggestion suggestion = suggestion_for(word);
  for (int i = 0; i < rows->n; i++) {
    const char *name = rows->row[i].key->name;
    size_t used = strlen(accepted);
    snprintf(accepted + used, sizeof accepted - used, "%s%s", used ? ", " : "", name);
    suggestion_consider(&suggestion, name);
  }
  for (int i = 0; list && i < list->n; i++) {
    const Kind *kind = list->kind[i];
    size_t used = strlen(accepted);
    snprintf(accepted + used, sizeof accepted - used, "%s%s", used ? ", " : "", kind->name);
    suggestion_consider(&suggestion, kind->name);
    for (int k = 0; k < kind->n_keys; k++) suggestion_consider(&suggestion, kind->keys[k].name);
  }
  char path[MANUAL_TEXT];
  if (strcmp(m->path, word) == 0 && find_path(path, m, word)) suggestion.nearest = path;
  if (suggestion.nearest)
    return status_error(STATUS_USAGE, "%.100s: unknown key, perhaps %s is meant; accepted: %s",
                        m->path, suggestion.nearest, accepted);
  return status_error(STATUS_USAGE, "%.100s: unknown key; accepted: %s", m->path, accepted);
}

static Status print_below(const Manual *m, const Key *section, const Kind *kind, const char *rest);

static Status print_row(const Manual *m, const Row *row, const Key *section, const Kind *kind,
                        const char *rest) {
  const Key *key = row->key;
  if (*rest && key->n_keys > 0) return print_below(m, key, NULL, rest);
  if (*rest)
    return status_error(STATUS_USAGE, "%.100s: %s is a single value and has no keys below it",
                        m->path, key->name);
  if (key->n_keys > 0) {
    print_section(m, key);
    return status_ok();
  }
  fprintf(m->out, "%s\n", m->path);
  print_facts(m->out, row, kind ? NULL : section, m->kinds);
  return status_ok();
}

/* The rest of a path, below a section (NULL: the top) or one of its kinds. */
static Status print_below(const Manual *m, const Key *section, const Kind *kind, const char *rest) {
  char word[MANUAL_TEXT];
  size_t length = strcspn(rest, ".");
  snprintf(word, sizeof word, "%.*s", (int)length, rest);
  rest += length + (rest[length] == '.');
  int is_number = *word && !word[strspn(word, "0123456789")];
  if (is_number && section && section->type == KEY_LAYERS)
    return print_row(m, &(Row){section, NULL, 0}, NULL, NULL, rest);
  Rows rows;
  if (section)
    rows_below(&rows, section, kind);
  else
    rows_top(&rows);
  for (int i = 0; i < rows.n; i++)
    if (strcmp(rows.row[i].key->name, word) == 0)
      return print_row(m, &rows.row[i], section, kind, rest);
  const Key *type = section && !kind ? key_of_kind(section) : NULL;
  const KindList *list = type ? kind_list(m->kinds, type) : NULL;
  int is_found = 0;
  for (int i = 0; list && i < list->n; i++) {
    if (strcmp(list->kind[i]->name, word) != 0) continue;
    if (*rest) return print_below(m, section, list->kind[i], rest);
    print_kind(m, section, list->kind[i]);
    is_found = 1;
  }
  if (list && !*rest) is_found |= print_kind_key(m, list, word);
  return is_found ? status_ok() : refuse(m, &rows, list, word);
}

Status manual_print(FILE *out, const Kinds *kinds, const char *path) {
  const Manual manual = {out, kinds, path};
  return print_below(&manual, NULL, NULL, path);
}
