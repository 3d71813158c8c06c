#ifndef NORMLAB_COMMANDS_COMPARE_RUNS_H
#define NORMLAB_COMMANDS_COMPARE_RUNS_H
/* The runs that compare is about: of result files, and of tables. Not collective. */
#include "commands/compare_files.h"
#include "report/detail.h"
#include "report/selection.h"

typedef struct CompareRuns {
  Run *runs; /* [n] */
  size_t n;
  Details details; /* of the runs that have result files */
} CompareRuns;

/* Reads all files. What is wrong with one is printed as it is found, and that file is left out; so
 * are runs of another program, or those beside them, that were evaluated on other images than those
 * before. The first such failure comes back in *first. With details, these have room for those of
 * each run. Runs that the selection does not take are passed over, and the keys of the others are
 * parted by it; NULL: all are taken. Returns STATUS_MEMORY, or STATUS_USAGE for a selection that
 * means nothing for these runs. The caller calls compare_runs_free(), also after a failure. */
Status compare_runs_read(CompareRuns *found, const FileList *list, Statistics statistics,
                         int with_details, Selection *selection, Status *first) MUST_CHECK;
void compare_runs_free(CompareRuns *found);

/* Prints a failure, and keeps the first of several. */
void compare_keep_first(Status *first, Status status);

#endif
