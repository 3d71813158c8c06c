#ifndef NORMLAB_STUDY_ADVANCE_H
#define NORMLAB_STUDY_ADVANCE_H
/* What is decided between the arrays of a submitted study: which values are best for each variant,
 * and which variants need more seeds. It is decided by the study, the program and the rules as they
 * were when the study was submitted, and by the result files alone, so that a job that is started
 * again decides the same. Not collective. */
#include "study/study.h"
#include <stdio.h>

/* Does step `number`, from 1, of the submission whose folder this is: prints what is decided to
 * `out`, writes the list of runs that the array behind it takes, and cancels those of its tasks for
 * which nothing is left. A list that is there already is left as it is. It returns
 *
 *   STATUS_USAGE   the folder is not one of a study with such a step, or a file that a run would go
 *                  on with is of another configuration
 *   STATUS_DATA    a file is of other images
 *   STATUS_FAILED  runs that it needs have not ended: they have failed or been cancelled
 *   others         those of reading result files and of writing the list */
Status advance_step(const char *folder, int number, FILE *out) MUST_CHECK;

/* Prints the looks at a study, if the newest submission of its results adds seeds until variants
 * are decided, and how many runs are not needed; otherwise nothing. `source` is where the study
 * comes from. */
Status advance_print_looks(FILE *out, const Study *study, const StudySource *source) MUST_CHECK;

#endif
