#ifndef NORMLAB_REPORT_GNUPLOT_H
#define NORMLAB_REPORT_GNUPLOT_H
/* gnuplot as a process of its own. */
#include "base/status.h"
#include <stdio.h>

/* STATUS_FILE with what to install if there is none; `option` is what needs it. */
Status gnuplot_check(const char *option) MUST_CHECK;

/* Runs gnuplot once on a script; what it writes to standard output comes back, to be freed. No
 * shell has a part in it. STATUS_FILE if it cannot be started, STATUS_FAILED with what it said if
 * it fails or takes longer than two minutes. */
Status gnuplot_run(char **output, size_t *bytes, const char *script, size_t n) MUST_CHECK;

/* A text as a string of gnuplot, in quotation marks that expand nothing, with at most `most`
 * characters. Control characters become "?". */
void gnuplot_text(FILE *out, const char *text, int most);

/* A number of a data block; NaN where it is not finite. */
void gnuplot_number(FILE *out, double number);

#endif
