#ifndef NORMLAB_REPORT_RUN_TABLE_DRAFT_H
#define NORMLAB_REPORT_RUN_TABLE_DRAFT_H
/* Runs of a table while it is read (run_table.h). */
#include "report/run.h"

typedef struct Draft {
  Run *run;
  int line;
  const char *variant; /* the cell; "" without one, or where it is the norm */
  int64_t n_correct;   /* -1: not stated */
  int is_failed;
  double unit;            /* of the last digit of the accuracy; 0: there is none */
  const char *not_finite; /* the name of a column whose number is NaN or infinite; NULL: of none */
} Draft;

typedef struct DraftTable {
  const char *file;
  Draft *draft; /* [n] */
  size_t n;
  double unit; /* the least of the drafts that have one; 0: none has */
} DraftTable;

/* Completes a run when all of its cells are read: what follows from others, and its state. Returns
 * STATUS_DATA with "FILE:LINE: ..." if a cell is missing or contradicts another; STATUS_MEMORY. */
Status draft_finish(const DraftTable *table, Draft *draft) MUST_CHECK;

/* Fills in which images each run gets right, from an array [n][images] of an HDF5 file, and its
 * accuracy if that is not stated. Comes before draft_finish(). */
Status drafts_take_right(DraftTable *table, const char *file) MUST_CHECK;

/* Checks finished runs against each other: STATUS_DATA if a variant has two sets of keys or two
 * variants have one, and, of another program's, if a seed is there twice or the data sets differ.
 */
Status drafts_check(const DraftTable *table) MUST_CHECK;

#endif
