#include "run_table_columns.h"

#include "base/text_buffer.h"
#include "config/config.h"
#include "run_keys.h"
#include "run_notes.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static Status refuse(const Reading *reading, int line, const Source *source, const char *text,
                     const char *expected) {
  return status_error(STATUS_DATA, "%s:%d: %s \"%.60s\": expected %s", reading->table.file, line,
                      source->name->name, text, expected);
}

/* The digits behind the point, less the exponent. */
static double unit_of(const char *text) {
  const char *point = strchr(text, '.'), *power = strpbrk(text, "eE");
  double decimals = point ? (double)strspn(point + 1, "0123456789") : 0;
  return pow(10, (power ? strtod(power + 1, NULL) : 0) - decimals);
}

static int is_number(double *x, const char *text) {
  char *end;
  *x = strtod(text, &end);
  return text[0] && !*end && !text[strspn(text, "0123456789+-.eE")];
}

static int is_not_finite(const char *text) {
  text += strspn(text, "+-");
  return strcasecmp(text, "nan") == 0 || strcasecmp(text, "inf") == 0 ||
         strcasecmp(text, "infinity") == 0;
}

static int is_whole(int64_t *n, const char *text) {
  enum { MOST_DIGITS = 18 };
  size_t digits = strspn(text, "0123456789");
  *n = strtoll(text, NULL, 10);
  return digits > 0 && digits <= MOST_DIGITS && !text[digits];
}

static Status take_number(Reading *reading, Draft *draft, Source *source, const char *text) {
  const Column *row = source->row;
  double *place = (double *)((char *)draft->run + row->place - 1), x;
  char expected[120] = "a number";
  if (row->kind == COLUMN_MEDIAN && strcmp(text, "inf") == 0) {
    *place = (double)INFINITY;
    return status_ok();
  }
  if (is_not_finite(text)) {
    if (!draft->not_finite) draft->not_finite = source->name->name;
    return status_ok();
  }
  if (!is_number(&x, text) || !isfinite(x))
    return refuse(reading, draft->line, source, text, "a number, with a point before decimals");
  source->n_numbers++;
  source->n_above_one += x > 1;
  if (row->most == 1)
    snprintf(expected, sizeof expected, "a share from 0 to 1; percent are in a column %s_percent",
             source->name->name);
  else if (row->least >= 0)
    snprintf(expected, sizeof expected, "a number that is not negative");
  if (source->factor != 1) snprintf(expected, sizeof expected, "percent from 0 to 100");
  double value = source->factor == 1 ? x : x / 100;
  if (!(value >= row->least && value <= row->most))
    return refuse(reading, draft->line, source, text, expected);
  *place = value;
  if (row->place == 1 + offsetof(Run, test_accuracy)) draft->unit = unit_of(text) * source->factor;
  return status_ok();
}

static Status take_row(Reading *reading, Draft *draft, Source *source, const char *text) {
  char *place = (char *)draft->run + source->row->place - 1;
  if (source->row->kind == COLUMN_COUNT)
    return is_whole((int64_t *)place, text)
               ? status_ok()
               : refuse(reading, draft->line, source, text, "a whole number");
  if (source->row->kind != COLUMN_TEXT) return take_number(reading, draft, source, text);
  if (strlen(text) >= RUN_TEXT)
    return refuse(reading, draft->line, source, text, "at most 127 bytes");
  strcpy(place, text);
  return status_ok();
}

static Status take_file(Reading *reading, Draft *draft, Source *source, const char *text) {
  (void)source;
  free(draft->run->file);
  draft->run->file = strdup(text);
  return draft->run->file
             ? status_ok()
             : status_error(STATUS_MEMORY, "%s: no memory for a name", reading->table.file);
}

static Status take_variant(Reading *reading, Draft *draft, Source *source, const char *text) {
  if (strlen(text) >= RUN_TEXT)
    return refuse(reading, draft->line, source, text, "at most 127 bytes");
  draft->variant = text;
  return status_ok();
}

static Status take_seed(Reading *reading, Draft *draft, Source *source, const char *text) {
  enum { MOST_DIGITS = 20 };
  size_t digits = strspn(text, "0123456789");
  if (text[digits] || digits > MOST_DIGITS)
    return refuse(reading, draft->line, source, text, "a whole number");
  strcpy(draft->run->seed, text);
  return status_ok();
}

static Status take_status(Reading *reading, Draft *draft, Source *source, const char *text) {
  static const char *const accepted[] = {"finished", "running", "stopped", "diverged"};
  for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++)
    if (strcmp(text, accepted[i]) == 0) return take_row(reading, draft, source, text);
  return refuse(reading, draft->line, source, text, "finished, running, stopped or diverged");
}

static Status take_evaluated(Reading *reading, Draft *draft, Source *source, const char *text) {
  if (strcmp(text, "test") != 0 && strcmp(text, "validation") != 0)
    return refuse(reading, draft->line, source, text, "test or validation");
  return take_row(reading, draft, source, text);
}

static Status take_statistics(Reading *reading, Draft *draft, Source *source, const char *text) {
  if (strcmp(text, "none") != 0 && statistics_find(text) == N_STATISTICS)
    return refuse(reading, draft->line, source, text, "running, population, batch or none");
  return take_row(reading, draft, source, text);
}

static Status take_failed(Reading *reading, Draft *draft, Source *source, const char *text) {
  static const char *const words[] = {"0", "no", "false", "1", "yes", "true"};
  for (int i = 0; i < 6; i++)
    if (strcasecmp(text, words[i]) == 0) {
      draft->is_failed = i >= 3;
      return status_ok();
    }
  return refuse(reading, draft->line, source, text, "1 or 0, yes or no, true or false");
}

static Status take_correct(Reading *reading, Draft *draft, Source *source, const char *text) {
  if (is_whole(&draft->n_correct, text)) return status_ok();
  return refuse(reading, draft->line, source, text, "a whole number of images");
}

static Status take_reach(Reading *reading, Draft *draft, Source *source, const char *text) {
  double *reach = &draft->run->reach;
  if (is_number(reach, text) && *reach > 0 && *reach <= 1) return status_ok();
  return refuse(reading, draft->line, source, text, "a share above 0 and at most 1");
}

static Status take_notes(Reading *reading, Draft *draft, Source *source, const char *text) {
  (void)reading, (void)source;
  return run_split_notes(draft->run, text);
}

static Status take_note(Reading *reading, Draft *draft, Source *source, const char *text) {
  (void)reading;
  return run_add_note(draft->run, strchr(source->name->name, '.') + 1, text);
}

static Status take_nothing(Reading *reading, Draft *draft, Source *source, const char *text) {
  (void)reading, (void)draft, (void)source, (void)text;
  return status_ok();
}

/* Of another program numbers are written in one way: 1e-1 is 0.1. */
static Status take_key(Reading *reading, Draft *draft, Source *source, const char *text) {
  double x;
  char number[64];
  (void)reading;
  if (strcmp(draft->run->program, "normlab") != 0 && is_number(&x, text) && isfinite(x) &&
      fabs(x) < 1e15) {
    (void)run_number_text(number, sizeof number, x);
    text = number;
  }
  return run_add_key(draft->run, source->id, text);
}

static Status take_hash(Reading *reading, Draft *draft, Source *source, const char *text) {
  (void)reading, (void)source;
  return run_add_key(draft->run, "data", text);
}

static Status take_right(Reading *reading, Draft *draft, Source *source, const char *text) {
  (void)draft, (void)source;
  reading->right = text;
  return status_ok();
}

/* Facts that a row of a run's columns does not tell how to read. */
static const struct Special {
  const char *name;
  Take *take;
  int is_in_head; /* 1: it may not be a column */
} SPECIALS[] = {
    {"file", take_file, 0},           {"variant", take_variant, 0},
    {"seed", take_seed, 0},           {"status", take_status, 0},
    {"data_hash", take_hash, 0},      {"init", take_key, 0},
    {"evaluated", take_evaluated, 0}, {"statistics", take_statistics, 0},
    {"diverged", take_failed, 0},     {"correct", take_correct, 0},
    {"notes", take_notes, 0},         {"command", take_nothing, 1},
    {"reach", take_reach, 1},         {"right", take_right, 1},
};
enum { N_SPECIALS = sizeof SPECIALS / sizeof *SPECIALS };

/* Other names. */
static const char *const ALIASES[][2] = {
    {"accuracy", "test_accuracy"}, {"loss", "test_loss"},  {"ece", "calibration_error"},
    {"split", "evaluated"},        {"failed", "diverged"}, {"commit", "version"},
    {"network.norm", "norm"},
};
enum { N_ALIASES = sizeof ALIASES / sizeof *ALIASES };

/* Finds what a name of `length` bytes stands for; returns 0 for nothing. */
static int find_fact(Source *source, const char *name, size_t length) {
  for (int i = 0; i < N_ALIASES; i++)
    if (strlen(ALIASES[i][0]) == length && strncmp(ALIASES[i][0], name, length) == 0) {
      name = ALIASES[i][1];
      length = strlen(name);
      break;
    }
  for (const Column *row = RUN_COLUMNS; row->name; row++)
    if (row->place > 0 && strlen(row->name) == length && strncmp(row->name, name, length) == 0) {
      source->id = row->name;
      source->row = row;
      source->take = take_row;
    }
  for (int i = 0; i < N_SPECIALS; i++)
    if (strlen(SPECIALS[i].name) == length && strncmp(SPECIALS[i].name, name, length) == 0 &&
        (!SPECIALS[i].is_in_head || source->name->value)) {
      source->id = SPECIALS[i].name;
      source->take = SPECIALS[i].take;
    }
  return source->take != NULL;
}

static Status unknown(const Reading *reading, const Source *source) {
  TextBuffer known = {.used = 0};
  for (const Column *row = RUN_COLUMNS; row->name; row++)
    if (row->place > 0 && row->csv != CSV_IF_ANY) text_add(&known, ", %s", row->name);
  return status_error(STATUS_DATA,
                      "%s:%d: \"%.60s\" is not known; there are variant, correct, diverged%s; keys "
                      "that make variants have a point, as optimizer.lr; a remark is called "
                      "note.%.40s",
                      reading->table.file, source->name->line, source->name->name, known.text,
                      source->name->name);
}

Status source_resolve(const Reading *reading, Source *source) {
  static const char percent[] = "_percent";
  const char *name = source->name->name;
  size_t length = strlen(name), end = strlen(percent);
  source->factor = 1;
  if (find_fact(source, name, length)) return status_ok();
  if (length > end && strcmp(name + length - end, percent) == 0 &&
      find_fact(source, name, length - end) && source->row && source->row->most == 1) {
    source->factor = 0.01;
    return status_ok();
  }
  if (strchr(name, ';') || strchr(name, '\t'))
    return status_error(STATUS_DATA, "%s:%d: \"%.60s\": commas separate columns, and nothing else",
                        reading->table.file, source->name->line, name);
  source->id = name;
  source->take = strncmp(name, "note.", 5) == 0 ? take_note : take_key;
  if (!strchr(name, '.')) return unknown(reading, source);
  if (source->take == take_note || config_key_makes_variant(name)) return status_ok();
  return status_error(STATUS_DATA,
                      "%s:%d: \"%.60s\" is a key that results do not depend on, so it makes no "
                      "variants; as a remark it is called note.%.60s",
                      reading->table.file, source->name->line, name, name);
}

int source_is_key(const Source *source) {
  return source->take == take_key;
}
