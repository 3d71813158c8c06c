#include "cursor.h"

#include "keys/list.h"

#include <stdio.h>
#include <string.h>

void cursor_start(Cursor *cursor, const Config *config) {
  *cursor = (Cursor){.config = config, .bits = config_bits(config)};
}

static const void *at(const void *base, size_t offset) {
  return (const char *)base + offset;
}

static const Kind *kind_of(const Config *config, const Key *section) {
  const Key *type = key_of_kind(section);
  return type ? *(const Kind *const *)at(config, type->offset) : NULL;
}

static void enter(Cursor *cursor, const Key *section) {
  cursor->section = section;
  cursor->next_row = 0;
  rows_below(&cursor->rows, section, kind_of(cursor->config, section));
}

static void stand_on(Cursor *cursor, const Row *row) {
  const Key *type = cursor->section ? key_of_kind(cursor->section) : NULL;
  cursor->row = *row;
  cursor->base = row->of_kind ? *(const void *const *)at(cursor->config, type->beside)
                              : (const void *)cursor->config;
  snprintf(cursor->path, PATH_TEXT, "%s%s%s", cursor->section ? cursor->section->name : "",
           cursor->section ? "." : "", row->key->name);
}

static int next_layer(Cursor *cursor, const Row *row) {
  if (cursor->next_layer == cursor->config->network.n_layers) return 0;
  stand_on(cursor, row);
  cursor->layer = cursor->next_layer++;
  size_t used = strlen(cursor->path);
  snprintf(cursor->path + used, PATH_TEXT - used, ".%d", cursor->layer);
  return 1;
}

static int next_below(Cursor *cursor) {
  while (cursor->section && cursor->next_row < cursor->rows.n) {
    const Row *row = &cursor->rows.row[cursor->next_row];
    if (row->key->type == KEY_LAYERS && next_layer(cursor, row)) return 1;
    cursor->next_row++;
    if (row->key->type == KEY_LAYERS || !key_applies(row->key, cursor->bits)) continue;
    stand_on(cursor, row);
    return 1;
  }
  cursor->section = NULL;
  return 0;
}

int cursor_next(Cursor *cursor) {
  for (;;) {
    if (next_below(cursor)) return 1;
    if (cursor->next_top == N_CONFIG_KEYS) return 0;
    const Key *key = CONFIG_KEYS[cursor->next_top++];
    if (key->type == KEY_SECTION) {
      enter(cursor, key);
      continue;
    }
    stand_on(cursor, &(Row){key, key->fallback, 0});
    return 1;
  }
}

/* The key that "=KEY" names: beside the row, among those of the layer's kind, or by its path. */
static void add_model(TextBuffer *text, const char *path, const void *base, const Config *config,
                      const Kind *kind) {
  const Key *model = kind ? kind_key(kind, path) : NULL;
  key_text(text, model ? model : key_at(path), model ? base : config);
}

int row_is_default(const Row *row, const void *base, const Config *config, const Kind *kind) {
  const char *fallback = row->fallback;
  if (!fallback) return 0;
  TextBuffer own = {.used = 0}, other = {.used = 0};
  key_text(&own, row->key, base);
  if (*fallback == '=')
    add_model(&other, fallback + 1, base, config, kind);
  else
    key_default_text(&other, row->key, fallback);
  return strcmp(own.text, other.text) == 0;
}

/* Between { and } of YAML a comma ends a value, unless it stands between quotes. */
static void add_flow_value(TextBuffer *text, const Key *key, const void *base) {
  TextBuffer value = {.used = 0};
  key_text(&value, key, base);
  const char *quote = !key_is_list(key) && strpbrk(value.text, ",[]{}") ? "'" : "";
  text_add(text, "%s%s%s", quote, value.text, quote);
}

static void add_layer(TextBuffer *text, const Config *config, const LayerConfig *layer) {
  const char *separator = "{";
  const unsigned bits = config_bits(config);
  Rows rows;
  rows_below(&rows, key_at("network.layers"), layer->kind);
  for (int i = 0; i < rows.n; i++) {
    const Row *row = &rows.row[i];
    const void *base = row->of_kind ? layer->settings : (const void *)layer;
    if (!key_applies(row->key, bits)) continue;
    /* Left out, it goes on following when the other key is changed: --norm works on a resolved
     * configuration too. */
    int follows = row->fallback && *row->fallback == '=';
    if (follows && row_is_default(row, base, config, layer->kind)) continue;
    text_add(text, "%s%s: ", separator, row->key->name);
    add_flow_value(text, row->key, base);
    separator = ", ";
  }
  text_add(text, "}");
}

void cursor_text(TextBuffer *text, const Cursor *cursor) {
  text->used = 0;
  if (cursor->row.key->type == KEY_LAYERS)
    add_layer(text, cursor->config, &cursor->config->network.layers[cursor->layer]);
  else
    key_text(text, cursor->row.key, cursor->base);
}
