#include "report/run_table.h"
#include "run_table_draft.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int share_keys(const Run *a, const Run *b) {
  if (a->n_keys != b->n_keys) return 0;
  for (size_t i = 0; i < a->n_keys; i++)
    if (strcmp(a->keys[i].key, b->keys[i].key) != 0 ||
        strcmp(a->keys[i].value, b->keys[i].value) != 0)
      return 0;
  return 1;
}

void run_set_text(char *text, size_t bytes, const Run *run) {
  const char *hash = run_key(run, "data");
  int n = snprintf(text, bytes, "the %s of %.60s",
                   run_is_validated(run) ? "validation split" : "test set",
                   run->data[0]      ? run->data
                   : hash && hash[0] ? hash
                                     : "images without a name");
  if (run->n_images >= 0 && n > 0 && (size_t)n < bytes)
    snprintf(text + n, bytes - (size_t)n, " (%" PRId64 " images)", run->n_images);
}

const Run *run_find_other_set(const Run *runs, size_t n, const Run *run) {
  for (size_t i = 0; i < n; i++)
    if ((runs[i].program[0] || run->program[0]) && runs[i].state != RUN_BAD &&
        !runs_share_set(&runs[i], run))
      return &runs[i];
  return NULL;
}

static Status check_pair(const DraftTable *table, const Draft *a, const Draft *b) {
  int same_keys = share_keys(a->run, b->run), both_named = a->variant[0] && b->variant[0];
  int same_name = both_named && strcmp(a->variant, b->variant) == 0;
  int is_name_alone = !both_named || strcmp(a->run->norm, a->variant) == 0;
  char set[RUN_TEXT], other[RUN_TEXT];
  if (both_named && same_keys && !same_name)
    return status_error(STATUS_DATA,
                        "%s:%d: variant \"%.60s\" has the norm and the keys of variant \"%.60s\" "
                        "in line %d",
                        table->file, b->line, b->variant, a->variant, a->line);
  if (same_name && !same_keys && !is_name_alone)
    return status_error(STATUS_DATA,
                        "%s:%d: variant \"%.60s\" has another norm, or other keys, than in line %d",
                        table->file, b->line, b->variant, a->line);
  if (!b->run->program[0] && !a->run->program[0]) return status_ok();
  if (same_keys && run_seed_order(a->run, b->run) == 0)
    return status_error(STATUS_DATA, "%s:%d: %s with seed %s is there already, in line %d",
                        table->file, b->line, b->run->norm, b->run->seed, a->line);
  if (runs_share_set(a->run, b->run)) return status_ok();
  run_set_text(set, sizeof set, b->run);
  run_set_text(other, sizeof other, a->run);
  return status_error(STATUS_DATA,
                      "%s:%d: evaluated on %s, but line %d on %s: these are not compared",
                      table->file, b->line, set, a->line, other);
}

Status drafts_check(const DraftTable *table) {
  for (size_t i = 1; i < table->n; i++)
    for (size_t k = 0; k < i; k++) TRY(check_pair(table, &table->draft[k], &table->draft[i]));
  return status_ok();
}
