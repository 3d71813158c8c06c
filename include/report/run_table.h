#ifndef NORMLAB_REPORT_RUN_TABLE_H
#define NORMLAB_REPORT_RUN_TABLE_H
/* Tables of runs: a line of comma-separated values for each run, of normlab's own
 * (comparison_print_csv_runs()) or of another program. Not collective.
 *
 * What has the same value for all runs may stand in a head, one "# NAME: VALUE" a line, in place of
 * a column:
 *
 *     # program: PyTorch 2.1
 *     # data: MNIST
 *     # evaluated: test
 *     # images: 10000
 *     variant,seed,correct,loss,optimizer.lr
 *     batch,1,9938,0.0193,0.1
 *     layer,1,9929,0.0210,0.03
 *
 * The columns are those of a run in columns.c. These have other names or forms besides:
 *
 *     variant            the name, in place of norm; beside norm it is checked against that
 *     accuracy, loss     test_accuracy, test_loss
 *     ece, split         calibration_error, evaluated
 *     commit             version
 *     NAME_percent       the share NAME in percent; refused if no value is above 1
 *     correct            how many images are right
 *     diverged, failed   1, yes, true: such a run needs no accuracy
 *     right              in the head: an HDF5 file, by its place beside the table, whose array
 *                        "right" [line of the table][image] has 1 where the run is right, else 0
 *     reach              in the head: the accuracy that reach_epochs and reach_seconds are about;
 *                        these are "inf" where a run did not come to it
 *     note.KEY           a remark
 *     command            in the head: how the table was made
 *
 * A name with a point is a key that makes variants ("optimizer.lr"); any other name is refused.
 *
 * Tables that do not say `program: normlab` are of another program. They must state data or
 * data_hash, evaluated (test or validation), and of each run variant or norm, a seed, and an
 * accuracy or `correct`; a seed of a variant may stand there once; all runs are of one data set and
 * split. Where the number of images is not stated, accuracies count as rounded to 0.0001, or to
 * the digits of the column if these are fewer. */
#include "report/run.h"

/* Returns whether a file is a table of runs by its name, which then ends in ".csv". */
int run_table_is_named(const char *file);

/* Reads a table; *runs [*n] and what each owns are the caller's: run_free() and free(). Returns
 * STATUS_FILE if the table, or the file of its head's `right`, cannot be read; STATUS_DATA with
 * "FILE:LINE: ..." if something is missing, unknown, twice there, out of range, no number, or
 * contradicts itself; STATUS_MEMORY. After a failure there is nothing to free. */
Status run_table_read(Run **runs, size_t *n, const char *file) MUST_CHECK;

/* Returns the first of runs [n] that must not be compared with `run`, as one of the two is of
 * another program and they were evaluated on different images; NULL if there is none. */
const Run *run_find_other_set(const Run *runs, size_t n, const Run *run);

/* Writes what a run was evaluated on: "the test set of MNIST (10000 images)". */
void run_set_text(char *text, size_t bytes, const Run *run);

#endif
