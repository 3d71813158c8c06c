#ifndef NORMLAB_REPORT_GNUPLOT_H
#define NORMLAB_REPORT_GNUPLOT_H
/* Runs gnuplot as a process of its own, and writes text for it. Not collective. */
#include "base/status.h"
#include <stdio.h>

/* Returns STATUS_FILE, with what to install, if gnuplot is not there. `option` is what needs it. */
Status gnuplot_check(const char *option) MUST_CHECK;

/* Runs gnuplot once on a script of n bytes. *output is what it writes to standard output, which
 * the caller frees by free(). No shell is involved. Returns STATUS_FILE if it cannot be started,
 * STATUS_FAILED with its message if it fails or takes longer than two minutes, or STATUS_MEMORY. */
Status gnuplot_run(char **output, size_t *bytes, const char *script, size_t n) MUST_CHECK;

/* Writes a text as a string of gnuplot, in quotation marks within which nothing is expanded, with
 * at most `most` characters. Control characters become "?". */
void gnuplot_text(FILE *out, const char *text, int most);

/* Writes a number of a data block; NaN where it is not finite. */
void gnuplot_number(FILE *out, double number);

#endif
