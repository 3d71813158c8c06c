#ifndef NORMLAB_REPORT_RUN_TABLE_COLUMNS_H
#define NORMLAB_REPORT_RUN_TABLE_COLUMNS_H
/* What the names of a table of runs stand for (run_table.h), and how their cells are read. */
#include "columns.h"
#include "csv.h"
#include "run_table_draft.h"

typedef struct Source Source;

/* The file that is read. */
typedef struct Reading {
  DraftTable table;
  CsvFile csv;
  Source *sources; /* [n_sources] */
  size_t n_sources;
  const char *right; /* the file of the head's `right`; NULL: none */
} Reading;

/* Takes a cell that is not empty. */
typedef Status Take(Reading *reading, Draft *draft, Source *source, const char *text);

/* A column, or a line of the head. */
struct Source {
  const CsvName *name;
  size_t column;
  const char *id; /* the same for all names of one fact */
  Take *take;
  const Column *row; /* of take_row(), which multiplies by the factor */
  double factor;
  size_t n_above_one, n_numbers; /* how many numbers so far; for percent */
};

/* Finds what source->name stands for. Returns STATUS_DATA with "FILE:LINE: ..." if it is not known.
 */
Status source_resolve(const Reading *reading, Source *source) MUST_CHECK;

/* Returns whether the cells are values of a key that makes variants. They are read when the program
 * of the run is known. */
int source_is_key(const Source *source);

#endif
