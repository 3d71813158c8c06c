#include "run_keys.h"

#include "base/memory.h"
#include "config/config.h"
#include "nn/kinds.h"
#include "store/schema.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Collection {
  Run *run;
  Status status;
} Collection;

static int key_order(const void *a, const void *b) {
  const RunKey *x = a, *y = b;
  return strcmp(x->key, y->key);
}

Status run_add_key(Run *run, const char *key, const char *value) {
  RunKey *keys = reallocarray(run->keys, run->n_keys + 1, sizeof *keys);
  if (keys) run->keys = keys;
  if (!keys) return status_error(STATUS_MEMORY, "%s: no memory for its configuration", run->file);
  RunKey *added = &run->keys[run->n_keys++];
  *added = (RunKey){strdup(key), strdup(value)};
  if (added->key && added->value) return status_ok();
  return status_error(STATUS_MEMORY, "%s: no memory for its configuration", run->file);
}

void run_sort_keys(Run *run) {
  if (run->n_keys > 0) qsort(run->keys, run->n_keys, sizeof *run->keys, key_order);
}

static void add_value(Collection *c, const char *key, const char *value) {
  if (c->status.code != STATUS_OK || !config_key_makes_variant(key)) return;
  /* Files from before there was such a split do not have the key. */
  if (strcmp(key, "data.validation") == 0 && strcmp(value, "0") == 0) return;
  c->status = run_add_key(c->run, key, value);
}

static void visit(void *context, const ConfigValue *value) {
  add_value(context, value->path, value->text);
}

int run_number_text(char *text, size_t bytes, double number) {
  int used = 0;
  for (int digits = 15; digits <= 17; digits++) {
    used = snprintf(text, bytes, "%.*g", digits, number);
    if (strtod(text, NULL) == number) break;
  }
  return used;
}

static int write_entry(char *text, size_t bytes, const Field *field, size_t i) {
  switch (field->type) {
  case FIELD_FLOAT64:
    return run_number_text(text, bytes, ((const double *)field->data)[i]);
  case FIELD_INT64:
    return snprintf(text, bytes, "%" PRId64, ((const int64_t *)field->data)[i]);
  case FIELD_INT32:
    return snprintf(text, bytes, "%" PRId32, ((const int32_t *)field->data)[i]);
  default:
    return 0;
  }
}

/* A text, a number, or a list of numbers in brackets, cut where there is no room. */
static void attribute_text(char text[RUN_TEXT], const Field *field) {
  enum { LONGEST_NUMBER = 32 };
  text[0] = '\0';
  if (!field || !field->data || field->n_dims > 1) return;
  if (field->type == FIELD_TEXT) snprintf(text, RUN_TEXT, "%s", (const char *)field->data);
  if (field->type == FIELD_TEXT) return;
  if (field->n_dims == 0) {
    (void)write_entry(text, RUN_TEXT, field, 0);
    return;
  }
  size_t used = (size_t)snprintf(text, RUN_TEXT, "[");
  for (size_t i = 0; i < field->dims[0] && used + LONGEST_NUMBER < RUN_TEXT; i++) {
    if (i > 0) used += (size_t)snprintf(text + used, RUN_TEXT - used, ", ");
    used += (size_t)write_entry(text + used, RUN_TEXT - used, field, i);
  }
  snprintf(text + used, RUN_TEXT - used, "]");
}

void run_attribute_text(char text[RUN_TEXT], const Record *record, const char *key) {
  attribute_text(text, result_find(record, RESULT_CONFIG_KEY, key));
}

static void take_attributes(Collection *c, const Record *record) {
  for (size_t i = 0; i < record->n; i++) {
    const Field *field = &record->fields[i];
    char key[RESULT_PATH], value[RUN_TEXT], section_type[RESULT_PATH], type[RUN_TEXT];
    if (result_field_of(field->path) != RESULT_CONFIG_KEY) continue;
    (void)result_matches(RESULT_CONFIG_KEY, field->path, key, sizeof key);
    snprintf(section_type, sizeof section_type, "%.*s.type", (int)strcspn(key, "."), key);
    run_attribute_text(type, record, section_type);
    if (!config_key_applies(&NETWORK_KINDS, key, type)) continue;
    attribute_text(value, field);
    add_value(c, key, field->type == FIELD_TEXT ? field->data : value);
  }
}

Status run_take_keys(Run *run, const Record *record) {
  Collection c = {.run = run};
  const char *text = result_text(record, RESULT_CONFIG_RESOLVED);
  Config *config = NULL;
  Status read = status_error(STATUS_DATA, "no text");
  if (text) read = config_parse_stored(&config, &NETWORK_KINDS, text, run->file);
  if (read.code == STATUS_MEMORY) return read;
  if (read.code == STATUS_OK)
    config_visit(config, visit, &c);
  else
    take_attributes(&c, record);
  config_free(config);
  TRY(c.status);
  const char *init = result_text(record, RESULT_CONFIG_INIT_HASH);
  const char *data = result_text(record, RESULT_DATA_HASH);
  if (init) TRY(run_add_key(run, "init", init));
  TRY(run_add_key(run, "data", data ? data : ""));
  run_sort_keys(run);
  return status_ok();
}

void run_drop_keys(Run *run, const char *prefix) {
  size_t n = 0;
  for (size_t i = 0; i < run->n_keys; i++) {
    if (strncmp(run->keys[i].key, prefix, strlen(prefix)) != 0) {
      run->keys[n++] = run->keys[i];
      continue;
    }
    free(run->keys[i].key);
    free(run->keys[i].value);
  }
  run->n_keys = n;
}

int run_key_is_meant(const char *full, const char *key) {
  size_t n = strlen(full), m = strlen(key);
  return strcmp(full, key) == 0 ||
         (n > m && full[n - m - 1] == '.' && strcmp(full + n - m, key) == 0);
}

Status run_meant_key(const RunKey **found, const Run *run, const char *key) {
  *found = NULL;
  for (size_t i = 0; i < run->n_keys + run->n_rest; i++) {
    const RunKey *at = i < run->n_keys ? &run->keys[i] : &run->rest[i - run->n_keys];
    if (!run_key_is_meant(at->key, key)) continue;
    const RunKey *before = *found;
    *found = at;
    if (strcmp(at->key, key) == 0) return status_ok();
    if (before)
      return status_error(STATUS_USAGE, "%.100s is %.100s or %.100s: say which", key, before->key,
                          at->key);
  }
  return status_ok();
}

static const char *value_of(const RunKey *keys, size_t n, const char *key) {
  RunKey wanted = {.key = (char *)(uintptr_t)key};
  const RunKey *found = n ? bsearch(&wanted, keys, n, sizeof *keys, key_order) : NULL;
  return found ? found->value : NULL;
}

const char *run_key(const Run *run, const char *key) {
  return value_of(run->keys, run->n_keys, key);
}

const char *run_any_key(const Run *run, const char *key) {
  const char *value = run_key(run, key);
  return value ? value : value_of(run->rest, run->n_rest, key);
}

int runs_share_key(const Run *a, const Run *b, const char *key) {
  const char *x = run_key(a, key), *y = run_key(b, key);
  return x && y ? strcmp(x, y) == 0 : x == y;
}
