#include "rows.h"

#include "base/log.h"
#include "base/text_buffer.h"
#include "keys/list.h"

#include <stdio.h>
#include <string.h>

static void add(Rows *rows, const Key *key, int of_kind) {
  BUG_IF(rows->n == MAX_ROWS);
  rows->row[rows->n++] = (Row){key, key->fallback, of_kind};
}

void rows_top(Rows *rows) {
  rows->n = 0;
  for (int i = 0; i < N_CONFIG_KEYS; i++) add(rows, CONFIG_KEYS[i], 0);
}

static const char *kind_default(const Kind *kind, const char *name) {
  for (int i = 0; kind && i < kind->n_keys; i++)
    if (kind->keys[i].type == KEY_DEFAULT && strcmp(kind->keys[i].name, name) == 0)
      return kind->keys[i].fallback;
  return NULL;
}

void rows_below(Rows *rows, const Key *section, const Kind *kind) {
  rows->n = 0;
  for (int i = 0; i < section->n_keys; i++) {
    const Key *key = &section->keys[i];
    if (key->type != KEY_KIND_KEYS) {
      add(rows, key, 0);
      const char *fallback = kind_default(kind, key->name);
      if (fallback) rows->row[rows->n - 1].fallback = fallback;
      continue;
    }
    for (int k = 0; kind && k < kind->n_keys; k++)
      if (kind->keys[k].type != KEY_DEFAULT) add(rows, &kind->keys[k], 1);
  }
}

const Key *key_of_kind(const Key *section) {
  for (int i = 0; i < section->n_keys; i++)
    if (section->keys[i].type == KEY_KIND) return &section->keys[i];
  return NULL;
}

const KindList *kind_list(const Kinds *kinds, const Key *key) {
  return (const KindList *)((const char *)kinds + key->kinds);
}

const Key *kind_key(const Kind *kind, const char *name) {
  for (int i = 0; i < kind->n_keys; i++)
    if (kind->keys[i].type != KEY_DEFAULT && strcmp(kind->keys[i].name, name) == 0)
      return &kind->keys[i];
  return NULL;
}

unsigned operation_bit(const char *word) {
  const Key *order = key_at("network.order");
  for (int i = 0; order->words[i]; i++)
    if (strcmp(order->words[i], word) == 0) return 1u << i;
  return 0;
}

unsigned norm_bit(NormSpec norm) {
  return norm.kind && norm.kind->is_corrected ? NEEDS_CORRECTED_NORM : 0;
}

unsigned config_bits(const Config *config) {
  unsigned bits = 0;
  for (int i = 0; i < config->network.n_order; i++) bits |= 1u << config->network.order[i];
  for (int i = 0; i < config->network.n_layers; i++) {
    const NormSpec *norm = config_layer_value(config, i, "norm");
    if (norm) bits |= norm_bit(*norm);
  }
  return bits;
}

int key_applies(const Key *key, unsigned bits) {
  return !key->needs || (key->needs & bits);
}

/* "renorm, renorm:N" */
static void corrected_norms(TextBuffer *text) {
  for (int i = 0; norm_spec_example(i).kind; i++) {
    NormSpec spec = norm_spec_example(i);
    char name[NORM_SPEC_TEXT];
    if (!norm_bit(spec)) continue;
    if (spec.n > 0) spec = norm_spec_with(spec, NORM_NUMBER);
    norm_spec_text(name, spec);
    text_add(text, "%s%s", text->used ? ", " : "", name);
  }
}

void key_needs_text(char *text, size_t bytes, const Key *key) {
  const Key *order = key_at("network.order");
  TextBuffer names = {.used = 0};
  text[0] = '\0';
  for (int i = 0; order->words[i]; i++)
    if (key->needs & (1u << i)) snprintf(text, bytes, "network.order has %s", order->words[i]);
  if (!(key->needs & NEEDS_CORRECTED_NORM)) return;
  corrected_norms(&names);
  snprintf(text, bytes, "the norm of a layer is one of %s", names.text);
}

static const Key *named(const Key *key, const char *name, size_t length) {
  int is_it = key->name && strlen(key->name) == length && memcmp(key->name, name, length) == 0;
  return is_it ? key : NULL;
}

const Key *key_at(const char *path) {
  size_t length = strcspn(path, ".");
  const Key *top = NULL, *found = NULL;
  for (int i = 0; i < N_CONFIG_KEYS && !top; i++) top = named(CONFIG_KEYS[i], path, length);
  if (!top || !path[length]) return top;
  const char *name = path + length + 1;
  for (int i = 0; i < top->n_keys && !found; i++) found = named(&top->keys[i], name, strlen(name));
  return found;
}

const void *config_layer_value(const Config *config, int number, const char *name) {
  const LayerConfig *layer = &config->network.layers[number];
  const Key *key = kind_key(layer->kind, name);
  return key ? (const char *)layer->settings + key->offset : NULL;
}
