#include "differences.h"

#include "base/log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KEYS = 512 }; /* layers are one value each */

typedef struct Collection {
  Pool *pool;
  const Study *study;
  int variant, n;
  char *key[MAX_KEYS];
  const char **text[MAX_KEYS]; /* [key][variant] */
  Status status;
} Collection;

static int is_wanted(const Study *study, const char *key) {
  if (strcmp(key, "network.norm") == 0 || strcmp(key, "seed") == 0) return 0;
  for (int i = 0; i < study->n_axes; i++)
    if (strcmp(key, study->axes[i]) == 0) return 0;
  return 1;
}

static Status collect(Collection *c, const ConfigValue *value) {
  const char *key = value->path;
  int k = 0;
  while (k < c->n && strcmp(c->key[k], key) != 0) k++;
  if (k == MAX_KEYS || !is_wanted(c->study, key)) return status_ok();
  if (k == c->n) {
    TRY(pool_text(c->pool, &c->key[k], "%s", key));
    TRY(pool_items(c->pool, &c->text[k], (size_t)c->study->n_variants, sizeof *c->text[k]));
    c->n++;
  }
  char *copy;
  TRY(pool_text(c->pool, &copy, "%s", value->text));
  c->text[k][c->variant] = copy;
  return status_ok();
}

static void visit(void *context, const ConfigValue *value) {
  Collection *c = context;
  if (c->status.code == STATUS_OK) c->status = collect(c, value);
}

static int same(const char *a, const char *b) {
  return a == b || (a && b && strcmp(a, b) == 0);
}

/* The variants that have what variant `first` has, unless one before it does. */
static void write_group(FILE *out, const Study *study, const char *const *texts, int first) {
  enum { SHOWN = 6 };
  int n = 0;
  for (int i = 0; i < first; i++)
    if (same(texts[i], texts[first])) return;
  fprintf(out, "%s%.80s (", first ? ", " : " ", texts[first] ? texts[first] : "none");
  for (int i = first; i < study->n_variants; i++) {
    if (!same(texts[i], texts[first])) continue;
    if (n < SHOWN) fprintf(out, "%s%s", n ? "; " : "", study->variants[i].title);
    n++;
  }
  fprintf(out, n > SHOWN ? "; and %d more)" : ")", n - SHOWN);
}

Status differences_warn_of(const Study *study, const char *what, const char *const *texts) {
  int differs = 0;
  for (int i = 1; i < study->n_variants; i++) differs |= !same(texts[i], texts[0]);
  if (!differs) return status_ok();
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (!out) return status_error(STATUS_MEMORY, "study: no memory");
  for (int i = 0; i < study->n_variants; i++) write_group(out, study, texts, i);
  int failed = ferror(out);
  failed |= fclose(out) != 0;
  if (!failed)
    log_warning("%s: variants differ in more than the norm: %s:%s", study->name, what, text);
  free(text);
  return failed ? status_error(STATUS_MEMORY, "study: no memory") : status_ok();
}

Status differences_warn(const Study *study, Pool *pool) {
  Collection *c;
  TRY(pool_items(pool, &c, 1, sizeof *c));
  *c = (Collection){.pool = pool, .study = study};
  for (c->variant = 0; c->variant < study->n_variants; c->variant++)
    config_visit_result(study->variants[c->variant].config, visit, c);
  TRY(c->status);
  for (int k = 0; k < c->n; k++) TRY(differences_warn_of(study, c->key[k], c->text[k]));
  return status_ok();
}
