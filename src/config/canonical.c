#include "cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_layer(FILE *out, const Cursor *cursor) {
  const Config *config = cursor->config;
  const LayerConfig *layer = &config->network.layers[cursor->layer];
  const unsigned bits = config_bits(config);
  Rows rows;
  rows_below(&rows, cursor->row.key, layer->kind);
  for (int i = 0; i < rows.n; i++) {
    const Row *row = &rows.row[i];
    const void *base = row->of_kind ? layer->settings : (const void *)layer;
    if (row->key->effect == EFFECT_NONE || !key_applies(row->key, bits) ||
        row_is_default(row, base, config, layer->kind))
      continue;
    TextBuffer text = {.used = 0};
    key_text(&text, row->key, base);
    fprintf(out, "%s.%s: %s\n", cursor->path, row->key->name, text.text);
  }
}

static void add_lines(FILE *out, const Config *config) {
  Cursor cursor;
  cursor_start(&cursor, config);
  while (cursor_next(&cursor)) {
    const Row *row = &cursor.row;
    TextBuffer text;
    if (row->key->effect == EFFECT_NONE) continue;
    if (row->key->type == KEY_LAYERS) {
      add_layer(out, &cursor);
      continue;
    }
    Row first = *row;
    if (row->key->first_default) first.fallback = row->key->first_default;
    if (row_is_default(&first, cursor.base, config, NULL)) continue;
    cursor_text(&text, &cursor);
    fprintf(out, "%s: %s\n", cursor.path, text.text);
  }
}

static int line_order(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the lines of a text; sorted has as much room as it, line a pointer for each. */
static void sort_lines(char *sorted, char **line, char *text) {
  size_t n = 0;
  char *rest = text;
  for (char *one; (one = strsep(&rest, "\n")) != NULL;)
    if (*one) line[n++] = one;
  qsort(line, n, sizeof *line, line_order);
  *sorted = '\0';
  for (size_t i = 0; i < n; i++) {
    sorted = stpcpy(sorted, line[i]);
    sorted = stpcpy(sorted, "\n");
  }
}

Status config_canonical_text(char **text, const Config *config) {
  const Status no_memory = status_error(STATUS_MEMORY, "%s: no memory for its text", config->file);
  char *unsorted = NULL;
  size_t bytes = 0;
  *text = NULL;
  FILE *out = open_memstream(&unsorted, &bytes);
  if (!out) return no_memory;
  add_lines(out, config);
  int failed = ferror(out);
  failed |= fclose(out) != 0;
  char **line = failed ? NULL : calloc(bytes + 1, sizeof *line);
  if (line) *text = malloc(bytes + 1);
  if (*text) sort_lines(*text, line, unsorted);
  free(line);
  free(unsorted);
  return *text ? status_ok() : no_memory;
}
