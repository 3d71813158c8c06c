#include "config/manual.h"

#include "keys/list.h"
#include "manual_parts.h"

#include <string.h>

enum { WIDTH = 100 };

/* A paragraph, broken into lines that begin with the prefix. */
static void print_paragraph(FILE *out, const char *prefix, const char *text) {
  int column = 0;
  while (*text) {
    size_t word = strcspn(text, " ");
    if (column > 0 && column + 1 + (int)word > WIDTH) {
      fputc('\n', out);
      column = 0;
    }
    column += column == 0 ? fprintf(out, "%s", prefix) : 0;
    column += fprintf(out, " %.*s", (int)word, text);
    text += word;
    text += strspn(text, " ");
  }
  fputc('\n', out);
}

static void explain_row(FILE *out, const char *prefix, const Row *row, const Key *section,
                        const Kinds *kinds) {
  const Key *key = row->key;
  char text[3 * MANUAL_TEXT], takes[MANUAL_TEXT], fallback[MANUAL_TEXT];
  key_describe(takes, sizeof takes, key, kinds);
  manual_default(fallback, row, section, kinds);
  snprintf(text, sizeof text, "%s It takes %s. Default: %s.%s", key->documentation, takes, fallback,
           key->effect == EFFECT_NONE ? " Results do not depend on it." : "");
  print_paragraph(out, prefix, text);
}

/* A line "key: default"; a comment if there is no default that could stand there. */
static void print_setting(FILE *out, const char *indent, const Row *row) {
  int has_one = row->fallback && *row->fallback != '=';
  fprintf(out, "%s%s%s:%s%s\n", indent, has_one ? "" : "# ", row->key->name, has_one ? " " : "",
          has_one ? row->fallback : "");
}

/* The keys of a kind that is not the default one, as comments. */
static void print_kind(FILE *out, const Kind *kind, const Kinds *kinds) {
  fprintf(out, "  # type: %s (%s)\n", kind->name, kind->summary);
  for (int i = 0; i < kind->n_keys; i++) {
    const Row row = {&kind->keys[i], kind->keys[i].fallback, 1};
    if (row.key->type == KEY_DEFAULT) continue;
    int has_one = row.fallback && *row.fallback != '=';
    fprintf(out, "  #   %s:%s%s\n", row.key->name, has_one ? " " : "", has_one ? row.fallback : "");
    explain_row(out, "  #      ", &row, NULL, kinds);
  }
}

static const Kind *default_kind(const Key *type, const Kinds *kinds) {
  const KindList *list = kind_list(kinds, type);
  for (int i = 0; type->fallback && i < list->n; i++)
    if (strcmp(list->kind[i]->name, type->fallback) == 0) return list->kind[i];
  return NULL;
}

static void print_layers(FILE *out, const Key *key, const Kinds *kinds) {
  explain_row(out, "  #", &(Row){key, key->fallback, 0}, NULL, kinds);
  fprintf(out, "  # A layer is one of these, with its keys:\n");
  const KindList *list = kind_list(kinds, key_of_kind(key));
  for (int i = 0; i < list->n; i++) print_kind(out, list->kind[i], kinds);
  fprintf(out, "  %s:\n%s", key->name, key->example);
}

static void print_section(FILE *out, const Key *section, const Kinds *kinds) {
  const Key *type = key_of_kind(section);
  const Kind *kind = type ? default_kind(type, kinds) : NULL;
  Rows rows;
  rows_below(&rows, section, kind);
  fputc('\n', out);
  print_paragraph(out, "#", section->documentation);
  fprintf(out, "%s:\n", section->name);
  for (int i = 0; i < rows.n; i++) {
    const Row *row = &rows.row[i];
    if (row->key->type == KEY_LAYERS) {
      print_layers(out, row->key, kinds);
      continue;
    }
    explain_row(out, "  #", row, row->of_kind ? NULL : section, kinds);
    print_setting(out, "  ", row);
  }
  const KindList *list = type ? kind_list(kinds, type) : NULL;
  for (int i = 0; list && i < list->n; i++)
    if (list->kind[i] != kind) print_kind(out, list->kind[i], kinds);
}

void manual_print_file(FILE *out, const Kinds *kinds) {
  print_paragraph(
      out, "#",
      "A configuration with all keys at their defaults. What is left out has its default, "
      "so a file needs no more than network.layers.");
  fputc('\n', out);
  for (int i = 0; i < N_CONFIG_KEYS; i++) {
    const Key *key = CONFIG_KEYS[i];
    if (key->type == KEY_SECTION) {
      print_section(out, key, kinds);
      continue;
    }
    const Row row = {key, key->fallback, 0};
    explain_row(out, "#", &row, NULL, kinds);
    print_setting(out, "", &row);
  }
}
