#include "cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Entry {
  char *path, *text;     /* owned */
  int is_default, layer; /* layer: -1 outside of layers */
} Entry;

/* All values that results depend on but norm and seed, one by one. */
typedef struct Entries {
  Entry *entry;
  size_t n;
  int failed; /* no memory */
} Entries;

static void entries_free(Entries *entries) {
  for (size_t i = 0; i < entries->n; i++) {
    free(entries->entry[i].path);
    free(entries->entry[i].text);
  }
  free(entries->entry);
}

static void add(Entries *entries, const char *path, const TextBuffer *text, int is_default,
                int layer) {
  Entry *grown = reallocarray(entries->entry, entries->n + 1, sizeof *grown);
  if (!grown) {
    entries->failed = 1;
    return;
  }
  entries->entry = grown;
  Entry *added = &grown[entries->n++];
  *added = (Entry){strdup(path), strdup(text->text), is_default, layer};
  entries->failed |= !added->path || !added->text;
}

static void add_layer(Entries *entries, const Cursor *cursor) {
  const Config *config = cursor->config;
  const LayerConfig *layer = &config->network.layers[cursor->layer];
  Rows rows;
  rows_below(&rows, cursor->row.key, layer->kind);
  for (int i = 0; i < rows.n; i++) {
    const Row *row = &rows.row[i];
    const void *base = row->of_kind ? layer->settings : (const void *)layer;
    char path[2 * PATH_TEXT];
    if (row->key->effect != EFFECT_RESULTS || !key_applies(row->key, config_bits(config))) continue;
    TextBuffer text = {.used = 0};
    key_text(&text, row->key, base);
    snprintf(path, sizeof path, "%s.%s", cursor->path, row->key->name);
    add(entries, path, &text, row_is_default(row, base, config, layer->kind), cursor->layer);
  }
}

static void take(Entries *entries, const Config *config) {
  Cursor cursor;
  cursor_start(&cursor, config);
  while (cursor_next(&cursor)) {
    TextBuffer text;
    if (cursor.row.key->type == KEY_LAYERS) {
      add_layer(entries, &cursor);
      continue;
    }
    if (cursor.row.key->effect != EFFECT_RESULTS || strcmp(cursor.path, "network.norm") == 0)
      continue;
    cursor_text(&text, &cursor);
    add(entries, cursor.path, &text, row_is_default(&cursor.row, cursor.base, config, NULL), -1);
  }
}

static const Entry *find(const Entries *entries, const char *path) {
  for (size_t i = 0; i < entries->n; i++)
    if (strcmp(entries->entry[i].path, path) == 0) return &entries->entry[i];
  return NULL;
}

/* Two defaults that differ are those of other types, or follow other keys; a value that stays while
 * its default becomes another no longer follows. */
static int is_change(const Entry *here, const Entry *base) {
  if (!base || here->is_default || base->is_default)
    return here->is_default != (!base || base->is_default);
  return strcmp(here->text, base->text) != 0;
}

Status config_visit_changes(const Config *config, const Config *base,
                            void (*visit)(void *context, const char *key, const char *value),
                            void *context) {
  Entries here = {0}, there = {0};
  take(&here, config);
  take(&there, base);
  int failed = here.failed || there.failed;
  for (size_t i = 0; i < here.n && !failed; i++)
    if (is_change(&here.entry[i], find(&there, here.entry[i].path)))
      visit(context, here.entry[i].path, here.entry[i].text);
  for (size_t i = 0; i < there.n && !failed; i++)
    if (there.entry[i].layer >= config->network.n_layers) visit(context, there.entry[i].path, NULL);
  entries_free(&here);
  entries_free(&there);
  return failed ? status_error(STATUS_MEMORY, "%s: no memory for its keys", config->file)
                : status_ok();
}
