#ifndef NORMLAB_STUDY_LISTING_H
#define NORMLAB_STUDY_LISTING_H
/* What a study consists of, printed for people and for the shell. Not collective. */
#include "study/input.h"
#include "study/state.h"
#include <stdio.h>

/* Prints a table of variants (norm, parameters, runs done) and a table of runs (state, epochs,
 * test accuracy). By log_warning() it says what would make the comparison one of more than norms:
 * different numbers of parameters, other keys than those of the axes, other data. reports [n_runs]
 * are of the study's runs. */
Status listing_print(FILE *out, const Study *study, ImageShape shape,
                     const StateReport *reports) MUST_CHECK;

/* Prints the first stage of a study with tuning: its table of variants and runs as listing_print()
 * does, and what is chosen so far for each variant of the second. By log_warning() it names choices
 * at the end of the values that were tried. reports [tuning->n_runs] are of study->tuning. */
Status listing_print_tuning(FILE *out, const Study *study, ImageShape shape,
                            const StateReport *reports) MUST_CHECK;

/* Prints what is still to do, both stages together: runs and epochs. */
void listing_print_cost(FILE *out, const Study *study);

/* Prints a command for the shell for each run that is missing, stopped or interrupted. By
 * log_warning() it names the runs that cannot be started or resumed. `data` is the data folder to
 * write into the commands, or NULL. */
Status listing_print_commands(FILE *out, const Study *study, const StateReport *reports,
                              const char *data) MUST_CHECK;

/* Writes how many of reports [n] are in each state: "12 finished, 23 missing". */
void listing_totals(char *text, size_t bytes, const StateReport *reports, int n);

#endif
