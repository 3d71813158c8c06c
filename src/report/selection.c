#include "report/selection.h"

#include "norms/norms.h"
#include "run_keys.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A longer one stands before its beginning. */
static const char *const OPERATORS[] = {"!=", "<=", ">=", "=", "<", ">"};
enum { N_OPERATORS = sizeof OPERATORS / sizeof *OPERATORS };

/* Keys that no two variants may share: their numbers are not of one thing. */
static const char *const NEVER_MIXED[] = {"data", "data.validation", "program"};

static int number_of(double *number, const char *text) {
  char *end;
  *number = strtod(text, &end);
  return end != text && !*end && !isnan(*number);
}

/* "A..B". */
static int range_of(double *from, double *to, const char *text) {
  const char *dots = strstr(text, "..");
  char first[RUN_TEXT];
  if (!dots) return 0;
  snprintf(first, sizeof first, "%.*s", (int)(dots - text), text);
  return number_of(from, first) && number_of(to, dots + 2);
}

static int is_equality(const Condition *condition) {
  return strchr("!=", condition->operator[0]) != NULL;
}

static Status check_value(const Condition *c) {
  double from, to;
  if (!is_equality(c) && !number_of(&from, c->value))
    return status_error(STATUS_USAGE, "--where %.200s: %s wants a number behind it", c->text,
                        c->operator);
  if (range_of(&from, &to, c->value) && !(from <= to))
    return status_error(STATUS_USAGE, "--where %.200s: the range is empty", c->text);
  return status_ok();
}

/* A norm has one text, however it was written. */
static void take_norm(Condition *c) {
  NormSpec spec;
  if (strcmp(c->key, "norm") != 0 && strcmp(c->key, "network.norm") != 0) return;
  Status status = norm_spec_parse(&spec, c->value);
  if (status.code != STATUS_OK) return; /* a table may call a variant anything */
  char text[NORM_SPEC_TEXT];
  norm_spec_text(text, spec);
  snprintf(c->value, sizeof c->value, "%.*s", RUN_TEXT - 1, text);
}

Status selection_add_condition(Selection *selection, const char *text) {
  if (selection->n_where == SELECTION_CONDITIONS)
    return status_error(STATUS_USAGE, "--where: more than %d conditions", SELECTION_CONDITIONS);
  Condition *c = &selection->where[selection->n_where];
  const size_t length = strcspn(text, "!=<>");
  int i = 0;
  while (i < N_OPERATORS && strncmp(text + length, OPERATORS[i], strlen(OPERATORS[i])) != 0) i++;
  if (length == 0 || i == N_OPERATORS || !text[length + strlen(OPERATORS[i])])
    return status_error(STATUS_USAGE,
                        "--where %.200s: expected KEY=VALUE, or !=, <, <=, > or >=, as in "
                        "optimizer.lr=0.01, norm=batch, seed=1..5",
                        text);
  *c = (Condition){.text = text};
  const char *value = text + length + strlen(OPERATORS[i]);
  if (length >= RUN_TEXT || strlen(value) >= RUN_TEXT)
    return status_error(STATUS_USAGE, "--where %.100s...: too long", text);
  snprintf(c->key, sizeof c->key, "%.*s", (int)length, text);
  snprintf(c->operator, sizeof c->operator, "%s", OPERATORS[i]);
  snprintf(c->value, sizeof c->value, "%s", value);
  TRY(check_value(c));
  take_norm(c);
  selection->n_where++;
  return status_ok();
}

Status selection_add_key(Selection *selection, const char *key) {
  if (selection->n_by == SELECTION_KEYS)
    return status_error(STATUS_USAGE, "--by: more than %d keys", SELECTION_KEYS);
  if (strcmp(key, "seed") == 0)
    return status_error(STATUS_USAGE, "--by seed: a variant is made of seeds; --by takes a key of "
                                      "the configuration, as norm or optimizer.lr");
  selection->by[selection->n_by++] = key;
  return status_ok();
}

static const char *note_of(const Run *run, const char *key) {
  for (size_t i = 0; i < run->n_notes; i++)
    if (strcmp(run->notes[i].key, key) == 0) return run->notes[i].value;
  return NULL;
}

static const char *stated(const char *text) {
  return text[0] ? text : NULL;
}

/* What a run has for the key of a condition; NULL: nothing. */
static Status find_value(const char **value, const Run *run, const char *key) {
  const struct {
    const char *key, *value;
  } named[] = {{"norm", run->norm}, {"network.norm", run->norm}, {"seed", run->seed},
               {"name", run->name}, {"data", run->data},         {"evaluated", run->evaluated}};
  for (size_t i = 0; i < sizeof named / sizeof *named; i++)
    if (strcmp(key, named[i].key) == 0) {
      *value = stated(named[i].value);
      return status_ok();
    }
  if (strncmp(key, "note.", 5) == 0) {
    *value = note_of(run, key + 5);
    return status_ok();
  }
  const RunKey *found;
  TRY(run_meant_key(&found, run, key));
  *value = found ? stated(found->value) : NULL;
  return status_ok();
}

static int is_equal(const char *value, const char *wanted) {
  double number, from, to;
  if (strcmp(value, wanted) == 0) return 1;
  if (!number_of(&number, value)) return 0;
  if (number_of(&from, wanted)) return number == from;
  return range_of(&from, &to, wanted) && number >= from && number <= to;
}

static int is_met(const Condition *c, const char *value) {
  double number, limit;
  if (!value) return c->operator[0] == '!';
  if (is_equality(c)) return is_equal(value, c->value) == (c->operator[0] == '=');
  if (!number_of(&number, value) || !number_of(&limit, c->value)) return 0;
  if (c->operator[1] && number == limit) return 1;
  return c->operator[0] == '<' ? number < limit : number> limit;
}

static int are_alternatives(const Condition *a, const Condition *b) {
  return a->operator[0] == '=' && b->operator[0] == '=' && strcmp(a->key, b->key) == 0;
}

Status selection_takes(int *takes, Selection *selection, const Run *run) {
  int met[SELECTION_CONDITIONS];
  for (size_t i = 0; i < selection->n_where; i++) {
    Condition *c = &selection->where[i];
    const char *value;
    TRY(find_value(&value, run, c->key));
    c->n_with_key += value != NULL;
    met[i] = is_met(c, value);
  }
  *takes = 1;
  for (size_t i = 0; i < selection->n_where; i++) {
    int any = met[i];
    for (size_t k = 0; k < selection->n_where; k++)
      any |= met[k] && are_alternatives(&selection->where[i], &selection->where[k]);
    *takes &= any;
  }
  selection->n_seen++;
  selection->n_taken += *takes != 0;
  return status_ok();
}

/* Whether it is one that variants are made by. */
static int makes_variant(const Selection *selection, const char *key) {
  for (size_t i = 0; i < sizeof NEVER_MIXED / sizeof *NEVER_MIXED; i++)
    if (strcmp(key, NEVER_MIXED[i]) == 0) return 1;
  for (size_t i = 0; i < selection->n_by; i++)
    if (run_key_is_meant(key, selection->by[i])) return 1;
  return 0;
}

Status selection_part_keys(const Selection *selection, Run *run) {
  if (selection->n_by == 0 || run->n_keys == 0) return status_ok();
  for (size_t i = 0; i < selection->n_by; i++) {
    const RunKey *found;
    TRY(run_meant_key(&found, run, selection->by[i]));
  }
  run->rest = calloc(run->n_keys, sizeof *run->rest);
  if (!run->rest) return status_error(STATUS_MEMORY, "%s: no memory for its keys", run->file);
  size_t n = 0;
  for (size_t i = 0; i < run->n_keys; i++)
    if (makes_variant(selection, run->keys[i].key))
      run->keys[n++] = run->keys[i];
    else
      run->rest[run->n_rest++] = run->keys[i];
  run->n_keys = n;
  return status_ok();
}

static Status no_key(const char *option, const char *text) {
  return status_error(STATUS_USAGE,
                      "compare: %s %.200s: no run has this key; --csv-runs names the keys in which "
                      "runs differ, and normlab config all",
                      option, text);
}

Status selection_check(const Selection *selection, const Run *runs, size_t n) {
  for (size_t i = 0; i < selection->n_where && selection->n_seen > 0; i++)
    if (selection->where[i].n_with_key == 0) return no_key("--where", selection->where[i].text);
  if (selection->n_seen > 0 && selection->n_taken == 0)
    return status_error(STATUS_USAGE, "compare: --where: none of %zu runs meets the conditions",
                        selection->n_seen);
  for (size_t i = 0; i < selection->n_by && n > 0; i++) {
    const RunKey *found = NULL;
    for (size_t k = 0; k < n && !found; k++) TRY(run_meant_key(&found, &runs[k], selection->by[i]));
    if (!found) return no_key("--by", selection->by[i]);
  }
  return status_ok();
}

void selection_print(FILE *out, const Selection *selection) {
  if (selection->n_where > 0) {
    fputs(" Only runs with ", out);
    for (size_t i = 0; i < selection->n_where; i++)
      fprintf(out, "%s%s", i ? ", " : "", selection->where[i].text);
    fprintf(out, " are compared: %zu of %zu.", selection->n_taken, selection->n_seen);
  }
  if (selection->n_by == 0) return;
  fputs(" Runs with the same ", out);
  for (size_t i = 0; i < selection->n_by; i++)
    fprintf(out, "%s%s", i ? " and " : "", selection->by[i]);
  fputs(" are one variant, whatever else differs.", out);
}

static const char *value_in(const Run *run, const char *key) {
  for (size_t i = 0; i < run->n_rest; i++)
    if (strcmp(run->rest[i].key, key) == 0) return run->rest[i].value;
  return "";
}

static int variant_mixes(const Variant *variant, const char *key) {
  for (size_t i = 1; i < variant->n_runs; i++)
    if (strcmp(value_in(variant->runs[0], key), value_in(variant->runs[i], key)) != 0) return 1;
  return 0;
}

/* 2: within a variant; 1: between variants; 0: not. */
static int how_differs(const Variants *variants, const char *key) {
  const Variant *first = NULL;
  int differs = 0;
  for (size_t i = 0; i < variants->n; i++) {
    const Variant *variant = &variants->variant[i];
    if (variant->n_runs == 0) continue;
    if (variant_mixes(variant, key)) return 2;
    if (!first) first = variant;
    differs |= strcmp(value_in(first->runs[0], key), value_in(variant->runs[0], key)) != 0;
  }
  return differs;
}

enum { LISTED = 4 * RUN_TEXT };

/* Adds a key to "a, b, ", unless it is there. All layers are the key "network". */
static void list_key(char list[LISTED], const char *key) {
  const char *shown = strncmp(key, "network.layers.", 15) == 0 ? "network" : key;
  const size_t used = strlen(list), length = strlen(shown);
  for (const char *at = list; *at; at = strstr(at, ", ") + 2)
    if (strncmp(at, shown, length) == 0 && at[length] == ',') return;
  if (used + length + 3 <= LISTED) snprintf(list + used, LISTED - used, "%s, ", shown);
}

void selection_note(Notes *notes, const Selection *selection, const Variants *variants) {
  char list[3][LISTED] = {"", "", ""}; /* by how_differs() */
  if (!selection || selection->n_by == 0) return;
  for (size_t i = 0; i < variants->n; i++)
    for (size_t k = 0; k < variants->variant[i].n_runs; k++) {
      const Run *run = variants->variant[i].runs[k];
      for (size_t m = 0; m < run->n_rest; m++)
        list_key(list[how_differs(variants, run->rest[m].key)], run->rest[m].key);
    }
  for (int i = 0; i < 3; i++)
    if (list[i][0]) list[i][strlen(list[i]) - 2] = '\0';
  if (list[2][0])
    notes_add(notes,
              "Runs of one variant differ in more than the seed, in %s: means are those of this "
              "mixture, and deviations are not those of seeds alone.",
              list[2]);
  if (list[1][0])
    notes_add(notes, "Variants differ in %s, too: a difference between them may be due to that.",
              list[1]);
}
