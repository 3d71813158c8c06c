#ifndef NORMLAB_STUDY_LISTING_H
#define NORMLAB_STUDY_LISTING_H
#include "study/input.h"
#include "study/state.h"
#include <stdio.h>

/* Tables of variants (norm, parameters, runs done) and of runs (state, epochs, test accuracy), and
 * by log_warning what would make the comparison one of more than norms: parameters, other keys but
 * those of axes, other data. reports [n_runs]. */
Status listing_print(FILE *out, const Study *study, ImageShape shape,
                     const StateReport *reports) MUST_CHECK;

/* A command of the shell for each run that is missing, stopped or interrupted. log_warning for
 * those that are in no state to go on. data: to be named in them, or NULL. */
Status listing_print_commands(FILE *out, const Study *study, const StateReport *reports,
                              const char *data) MUST_CHECK;

/* "12 finished, 23 missing". */
void listing_totals(char *text, size_t bytes, const StateReport *reports, int n);

#endif
