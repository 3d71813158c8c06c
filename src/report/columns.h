#ifndef NORMLAB_REPORT_COLUMNS_H
#define NORMLAB_REPORT_COLUMNS_H
/* The columns of a comparison. There is a row for each fact about a variant, about its difference
 * from the baseline, and about a run. CSV, JSON and the tables of text and page are made of these
 * rows. A new column is one row in columns.c; a table shows it where comparison_tables.c names it.
 * Not collective. */
#include "json.h"
#include "report/comparison.h"
#include <stdint.h>

/* What a line is about: a variant with its difference, or a run. */
typedef struct Line {
  const Comparison *comparison;
  size_t rank; /* the place of the variant in the ranking, from 1 */
  const Variant *variant;
  const Difference *difference; /* its baseline is NULL on the line of the baseline itself */
  const Run *run;
} Line;

typedef enum ColumnKind {
  COLUMN_TEXT,
  COLUMN_COUNT,    /* a whole number; -1: not known */
  COLUMN_OUT_OF,   /* how many of how many; the latter in tables alone */
  COLUMN_NUMBER,   /* NaN: not known */
  COLUMN_MEDIAN,   /* a number that is infinite where half or more did not get there; in a table of
                      runs "inf" */
  COLUMN_P,        /* a probability */
  COLUMN_SUMMARY,  /* several numbers: mean, deviation, interval of the mean */
  COLUMN_INTERVAL, /* two numbers */
  COLUMN_EFFECT,   /* several numbers: a difference, its interval and its tests */
  COLUMN_NESTED    /* something that only JSON has room for */
} ColumnKind;

typedef struct Cell {
  const char *text;       /* COLUMN_TEXT; NULL: not known */
  int64_t count, of;      /* COLUMN_COUNT, COLUMN_OUT_OF */
  double number;          /* COLUMN_NUMBER, COLUMN_MEDIAN, COLUMN_P */
  const Summary *summary; /* COLUMN_SUMMARY */
  double most;            /* the largest value that a mean can have; 0: there is none */
  Interval interval;      /* COLUMN_INTERVAL */
  const Effect *effect;   /* COLUMN_EFFECT */
  void (*put)(Json *json, const char *name, const Line *line); /* COLUMN_NESTED */
} Cell;

/* Where CSV has a column. */
typedef enum CsvPlace {
  CSV_NOT,    /* it has not */
  CSV_ALWAYS, /* as a column */
  CSV_IF_ANY, /* of runs: as a column, unless it is empty for all */
  CSV_HEAD /* of runs: in the head of the table if all have the same value, or else as a column */
} CsvPlace;

typedef struct Column {
  const char *name; /* CSV has it under this name */
  CsvPlace csv;
  const char *json; /* the member of JSON, "object.member" inside an object; NULL: not in JSON */
  ColumnKind kind;
  const char *heading; /* the title in tables; "<" at its left end aligns the column to the left.
                          NULL: in no table */
  const char *format;  /* the printf format of a number in a table, after it has been multiplied
                          by the factor */
  const char *format_deviation; /* the same for the deviation of a summary */
  double factor;
  Cell (*value)(const Line *line);
  /* Of runs: how a table of runs is read (run_table.h). The value goes to the member of Run at
   * place - 1, which is a char [RUN_TEXT], an int64_t or a double by the kind; 0: to no member. A
   * number is from `least` to `most`. */
  size_t place;
  double least, most;
} Column;

/* The rows of all columns. Each list ends with a row whose name is NULL. */
extern const Column VARIANT_COLUMNS[], DIFFERENCE_COLUMNS[], RUN_COLUMNS[];

/* Returns the column of this name. It is a bug if there is none. */
const Column *column_find(const Column *columns, const char *name);

/* Returns the line of a variant, whose rank counts from 1. Its difference from the baseline is
 * looked up. */
Line line_of_variant(const Comparison *comparison, size_t rank);

#endif
