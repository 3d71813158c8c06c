#include "variant_name.h"

#include "base/memory.h"
#include "config/label.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NAME = 21 };

static const char LAYERS[] = "network.layers.";

/* The keys in which variants differ. */
typedef struct KeyList {
  const char **key;
  size_t n;
  int names_tell; /* configurations have the same name where they have the same layers */
} KeyList;

static int is_layer(const char *key) {
  return strncmp(key, LAYERS, strlen(LAYERS)) == 0;
}

static int same_layers(const Run *a, const Run *b) {
  size_t n_layers = 0;
  for (size_t i = 0; i < a->n_keys; i++) {
    if (!is_layer(a->keys[i].key)) continue;
    if (!runs_share_key(a, b, a->keys[i].key)) return 0;
    n_layers++;
  }
  for (size_t i = 0; i < b->n_keys; i++) n_layers -= is_layer(b->keys[i].key);
  return n_layers == 0;
}

static int is_listed(const KeyList *list, const char *key) {
  for (size_t i = 0; i < list->n; i++)
    if (strcmp(list->key[i], key) == 0) return 1;
  return 0;
}

static int share_program(const Run *a, const Run *b) {
  return strcmp(a->program, b->program) == 0;
}

/* Not where a table of another program does not state the key. */
static int differs(const Variants *variants, const char *key) {
  const Run *stated = NULL;
  for (size_t i = 0; i < variants->n; i++) {
    const Run *run = variants->variant[i].example;
    size_t k = 0;
    while (!share_program(variants->variant[k].example, run)) k++;
    if (!runs_share_key(variants->variant[k].example, run, key)) return 1;
    if (k == i && i > 0 && strcmp(key, "program") == 0) return 1;
    if (!run_key(run, key)) continue;
    if (stated && !runs_share_key(stated, run, key)) return 1;
    stated = run;
  }
  return 0;
}

/* Keys in which variants differ but for the norm; all layers are the key "network". */
static Status find_keys(KeyList *list, const Variants *variants) {
  *list = (KeyList){0};
  size_t n = 1;
  for (size_t i = 0; i < variants->n; i++) n += variants->variant[i].example->n_keys;
  TRY(memory_allocate(&list->key, n, sizeof *list->key, "keys"));
  for (size_t i = 0; i < variants->n; i++) {
    const Run *run = variants->variant[i].example;
    for (size_t k = 0; k < run->n_keys; k++) {
      const char *key = run->keys[k].key, *entry = is_layer(key) ? "network" : key;
      if (strcmp(key, "network.norm") != 0 && !is_listed(list, entry) && differs(variants, key))
        list->key[list->n++] = entry;
    }
  }
  return status_ok();
}

static int names_tell_networks(const Variants *variants) {
  for (size_t i = 0; i < variants->n; i++)
    for (size_t k = 0; k < i; k++) {
      const Run *a = variants->variant[i].example, *b = variants->variant[k].example;
      if (!a->name[0] || (strcmp(a->name, b->name) == 0) != same_layers(a, b)) return 0;
    }
  return 1;
}

static void print_network(FILE *out, const Variants *variants, const KeyList *list, size_t number) {
  const Run *run = variants->variant[number].example;
  if (list->names_tell) {
    fputs(run->name, out);
    return;
  }
  size_t n_before = 0; /* networks among the variants before the first with this one */
  for (size_t i = 0; !same_layers(variants->variant[i].example, run); i++) {
    size_t k = 0;
    while (!same_layers(variants->variant[k].example, variants->variant[i].example)) k++;
    n_before += k == i;
  }
  if (n_before >= 26) fprintf(out, "%zu", n_before / 26);
  fputc('A' + (int)(n_before % 26), out);
}

/* The title of the data set, and where two have the same, the beginning of its hash. */
static void print_data(FILE *out, const Variants *variants, const Run *run) {
  int is_alone = run->data[0] != '\0';
  for (size_t i = 0; i < variants->n; i++) {
    const Run *other = variants->variant[i].example;
    if (strcmp(other->data, run->data) == 0 && !runs_share_key(other, run, "data")) is_alone = 0;
  }
  const char *hash = run_key(run, "data");
  fprintf(out, "%s", run->data);
  if (!is_alone) fprintf(out, "%s%.8s", run->data[0] ? " " : "", hash && hash[0] ? hash : "-");
}

static void print_value(FILE *out, const Variants *variants, const KeyList *list, size_t number,
                        const char *key) {
  const Run *run = variants->variant[number].example;
  const char *value = run_key(run, key);
  if (strcmp(key, "network") == 0)
    print_network(out, variants, list, number);
  else if (strcmp(key, "data") == 0)
    print_data(out, variants, run);
  else if (strcmp(key, "init") == 0)
    fprintf(out, "%.8s", value ? value : "-");
  else if (strcmp(key, "program") == 0)
    fputs(run_program(run), out);
  else
    fputs(value && value[0] ? value : "-", out);
}

static Status write_name(Variants *variants, size_t number, const KeyList *list) {
  Variant *variant = &variants->variant[number];
  size_t bytes;
  FILE *name = open_memstream(&variant->name, &bytes);
  FILE *keys = open_memstream(&variant->keys, &bytes);
  if (name) fputs(variant->norm[0] ? variant->norm : "-", name);
  for (size_t i = 0; name && keys && i < list->n; i++) {
    fprintf(name, " %s=", label_key(list->key[i], list->key, list->n));
    print_value(name, variants, list, number, list->key[i]);
    fprintf(keys, "%s%s=", i ? ", " : "", list->key[i]);
    print_value(keys, variants, list, number, list->key[i]);
  }
  int failed = !name || !keys;
  if (name) failed |= fclose(name) != 0;
  if (keys) failed |= fclose(keys) != 0;
  return failed ? status_error(STATUS_MEMORY, "no memory for the names of variants") : status_ok();
}

/* "batch #1", "batch #2", in the order of rank. */
static Status write_numbers(Variants *variants) {
  for (size_t i = 0; i < variants->n; i++) {
    Variant *variant = &variants->variant[i];
    size_t number = 1, n_same = 0;
    for (size_t k = 0; k < variants->n; k++) {
      int is_same = strcmp(variants->variant[k].norm, variant->norm) == 0;
      n_same += is_same;
      number += is_same && k < i;
    }
    free(variant->name);
    int length = n_same > 1 ? asprintf(&variant->name, "%s #%zu", variant->norm, number)
                            : asprintf(&variant->name, "%s", variant->norm);
    if (length < 0) {
      variant->name = NULL;
      return status_error(STATUS_MEMORY, "no memory for the names of variants");
    }
  }
  variants->is_numbered = 1;
  return status_ok();
}

Status variants_name(Variants *variants) {
  KeyList list;
  TRY(find_keys(&list, variants));
  list.names_tell = names_tell_networks(variants);
  Status status = status_ok();
  size_t longest = 0;
  for (size_t i = 0; i < variants->n && status.code == STATUS_OK; i++) {
    status = write_name(variants, i, &list);
    if (status.code == STATUS_OK && strlen(variants->variant[i].name) > longest)
      longest = strlen(variants->variant[i].name);
  }
  if (status.code == STATUS_OK && list.n > 0 && longest > LONGEST_NAME)
    status = write_numbers(variants);
  free(list.key);
  return status;
}
