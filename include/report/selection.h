#ifndef NORMLAB_REPORT_SELECTION_H
#define NORMLAB_REPORT_SELECTION_H
/* Which runs are compared, and by which keys they are variants. Not collective.
 *
 * A condition is KEY=VALUE, KEY!=VALUE, or KEY with <, <=, > or >= and a number. KEY is a key of
 * the configuration that results depend on, or the end of one ("lr"), or norm, seed, name, data,
 * evaluated, or note.KEY; what came of a run is not among them, as a choice by results would be no
 * comparison. VALUE is compared as a number where both are numbers, as a norm where it is one, and
 * as text otherwise; A..B is the numbers from A to B. A run must meet all conditions, of those with
 * = on one KEY any. A run without the key meets only !=. */
#include "report/variant.h"
#include <stdio.h>

enum { SELECTION_CONDITIONS = 32, SELECTION_KEYS = 8 };

typedef struct Condition {
  const char *text; /* as it was given */
  char key[RUN_TEXT], operator[3], value[RUN_TEXT];
  size_t n_with_key; /* so many runs had the key */
} Condition;

typedef struct Selection {
  Condition where[SELECTION_CONDITIONS];
  size_t n_where;
  /* The keys by which runs are variants, beside the data, the split and the program, which are
   * never mixed; n_by = 0: by all. */
  const char *by[SELECTION_KEYS];
  size_t n_by;
  size_t n_seen, n_taken; /* runs that selection_takes() was asked about, and took */
} Selection;

/* Adds a condition or a key, whose text must live as long as the selection. Return STATUS_USAGE for
 * what is none, or one too many. */
Status selection_add_condition(Selection *selection, const char *text) MUST_CHECK;
Status selection_add_key(Selection *selection, const char *key) MUST_CHECK;

/* Tells whether a run meets the conditions. Returns STATUS_USAGE where a key is the end of several
 * keys of the run. */
Status selection_takes(int *takes, Selection *selection, const Run *run) MUST_CHECK;

/* Parts the keys of a run into those that make variants and the rest (Run.rest). Returns
 * STATUS_USAGE where a key is the end of several, or STATUS_MEMORY. */
Status selection_part_keys(const Selection *selection, Run *run) MUST_CHECK;

/* After all runs have been asked about: returns STATUS_USAGE if no run had the key of a condition,
 * or of runs [n] none has a key by which they are variants, or none was taken. */
Status selection_check(const Selection *selection, const Run *runs, size_t n) MUST_CHECK;

/* Prints what was chosen, in sentences with a blank before each; nothing if all are compared by all
 * keys. */
void selection_print(FILE *out, const Selection *selection);

/* Adds notes of the keys, other than those they are made by, in which runs of one variant differ,
 * and in which variants do. */
void selection_note(Notes *notes, const Selection *selection, const Variants *variants);

#endif
