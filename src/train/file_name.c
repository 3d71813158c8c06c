#include "train/file_name.h"

#include "base/text_buffer.h"
#include "config/label.h"
#include "data/format.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static const char LAYERS[] = "network.layers.";
enum { HASH_TEXT = 9 }; /* "-" and 8 digits */

/* All keys of both configurations. */
typedef struct Keys {
  char **key; /* [n], owned */
  size_t n;
  int failed; /* no memory */
} Keys;

typedef struct Label {
  const Keys *keys;
  TextBuffer text; /* "-lr0.002-epochs3" */
  size_t kept;     /* so much of it stays where a hash follows */
  int is_incomplete;
  uint64_t hash; /* of all that is changed, in full */
} Label;

static void collect(void *context, const ConfigValue *value) {
  Keys *keys = context;
  char **grown = reallocarray(keys->key, keys->n + 1, sizeof *grown);
  if (grown) keys->key = grown;
  keys->failed |= !grown || !(grown[keys->n++] = strdup(value->path));
}

static void keys_free(Keys *keys) {
  for (size_t i = 0; i < keys->n; i++) free(keys->key[i]);
  free(keys->key);
}

static void hash(Label *label, const char *text) {
  label->hash = XXH3_64bits_withSeed(text, strlen(text) + 1, label->hash);
}

static void add_part(Label *label, const char *name, char *value) {
  label->is_incomplete |= label_slug(value);
  int is_plain = isalpha((unsigned char)name[strlen(name) - 1]) && isdigit((unsigned char)*value);
  text_add(&label->text, "-%s%s%s", name, is_plain || !*value ? "" : "-", value);
  if (label->text.used <= FILE_NAME_CHANGES - HASH_TEXT) label->kept = label->text.used;
}

static void add(void *context, const char *key, const char *value) {
  Label *label = context;
  hash(label, key);
  hash(label, value ? value : "");
  if (!value) {
    label->is_incomplete = 1;
    return;
  }
  int is_layer = strncmp(key, LAYERS, strlen(LAYERS)) == 0;
  char short_value[FILE_NAME_CHANGES + 1];
  int length = snprintf(short_value, sizeof short_value, "%s", value);
  label->is_incomplete |= length >= (int)sizeof short_value;
  add_part(label,
           is_layer ? key + strlen("network.")
                    : label_key(key, (const char *const *)label->keys->key, label->keys->n),
           short_value);
}

/* The same file has one name, however it is given. */
static void add_init(Label *label, const char *init) {
  char *whole = realpath(init, NULL), stem[FILE_NAME_CHANGES + 1];
  const char *slash = strrchr(init, '/');
  hash(label, "init");
  hash(label, whole ? whole : init);
  free(whole);
  snprintf(stem, sizeof stem, "%s", slash ? slash + 1 : init);
  char *point = strrchr(stem, '.');
  if (point && point > stem) *point = '\0';
  add_part(label, "init", stem);
  label->is_incomplete = 1;
}

static Status make_label(Label *label, const Config *config, const Config *base, const char *init) {
  Keys keys = {0};
  *label = (Label){.keys = &keys};
  config_visit(config, collect, &keys);
  config_visit(base, collect, &keys);
  Status status = config_visit_changes(config, base, add, label);
  if (keys.failed) status = status_error(STATUS_MEMORY, "%s: no memory for its keys", config->file);
  if (init) add_init(label, init);
  keys_free(&keys);
  label->keys = NULL;
  if (!label->is_incomplete && label->text.used <= FILE_NAME_CHANGES) return status;
  label->text.used = label->kept;
  text_add(&label->text, "-%08x", (unsigned)(label->hash ^ label->hash >> 32));
  return status;
}

Status file_name_of_run(char *path, size_t bytes, const Config *config, const Config *base,
                        const char *data, const char *init) {
  char norm[NORM_SPEC_TEXT];
  Label label;
  norm_spec_text(norm, config->network.norm);
  (void)label_slug(norm);
  TRY(make_label(&label, config, base, init));
  const DataFormat *drawn = data_format_drawn(data);
  int n =
      snprintf(path, bytes, "results/%s%s%s-%s%s-s%llu.h5", config->name, drawn ? "-" : "",
               drawn ? drawn->name : "", norm, label.text.text, (unsigned long long)config->seed);
  if (n >= (int)bytes || strchr(config->name, '/'))
    return status_error(STATUS_USAGE, "name: %.200s: makes no file name; give --out FILE",
                        config->name);
  return status_ok();
}
