#ifndef NORMLAB_REPORT_COLUMNS_H
#define NORMLAB_REPORT_COLUMNS_H
/* The columns of a comparison: a row each for what is told of a variant, of its difference from the
 * baseline, and of a run. CSV, JSON and the tables of text and page are made of them. A new column
 * is one row in columns.c; a table shows it where comparison_tables.c names it. */
#include "json.h"
#include "report/comparison.h"
#include <stdint.h>

/* What a line is about: a variant with its difference, or a run. */
typedef struct Line {
  const Comparison *comparison;
  size_t rank; /* of the variant, from 1 */
  const Variant *variant;
  const Difference *difference; /* without a baseline for the baseline itself */
  const Run *run;
} Line;

typedef enum ColumnKind {
  COLUMN_TEXT,
  COLUMN_COUNT,   /* a whole number; -1: not known */
  COLUMN_OUT_OF,  /* how many of how many; the latter in tables alone */
  COLUMN_NUMBER,  /* NaN: not known */
  COLUMN_MEDIAN,  /* a number that is infinite where half or more did not get there */
  COLUMN_P,       /* a probability */
  COLUMN_SUMMARY, /* several numbers: mean, deviation, interval of the mean */
  COLUMN_PAIRED,  /* several numbers: the summary of differences, intervals and tests */
  COLUMN_NESTED   /* what only JSON has room for */
} ColumnKind;

typedef struct Cell {
  const char *text;       /* COLUMN_TEXT; NULL: not known */
  int64_t count, of;      /* COLUMN_COUNT, COLUMN_OUT_OF */
  double number;          /* COLUMN_NUMBER, COLUMN_MEDIAN, COLUMN_P */
  const Summary *summary; /* COLUMN_SUMMARY */
  double most;            /* the largest value that a mean can have; 0: there is none */
  const Paired *paired;   /* COLUMN_PAIRED */
  void (*put)(Json *json, const char *name, const Line *line); /* COLUMN_NESTED */
} Cell;

typedef struct Column {
  const char *name; /* CSV has it under this name if is_in_csv */
  int is_in_csv;
  const char *json; /* the member of JSON, "object.member" inside an object; NULL: not in JSON */
  ColumnKind kind;
  const char *heading; /* in tables; "<" at the left end: aligned to the left. NULL: in no table */
  const char *format;  /* of a number in a table, by printf, after it is multiplied by the factor */
  const char *format_deviation; /* the same for the deviation of a summary */
  double factor;
  Cell (*value)(const Line *line);
} Column;

/* Each ends with a row whose name is NULL. */
extern const Column VARIANT_COLUMNS[], DIFFERENCE_COLUMNS[], RUN_COLUMNS[];

/* The column of this name; one that is not there is a bug. */
const Column *column_find(const Column *columns, const char *name);

/* The line of a variant: rank counts from 1. Its difference from the baseline is looked up. */
Line line_of_variant(const Comparison *comparison, size_t rank);

#endif
