#ifndef NORMLAB_COMMANDS_OPTIONS_H
#define NORMLAB_COMMANDS_OPTIONS_H
#include "base/status.h"

/* What getopt_long found wrong: found is its '?' or ':' (with opterr = 0 and ":" first in its short
 * options). "COMMAND: unknown option --x; see normlab COMMAND --help". */
Status option_error(int found, char **argv) MUST_CHECK;

/* Value of an option that is a number from 1 to `most`. */
Status option_count(int *count, const char *option, const char *text, int most) MUST_CHECK;
/* Values of --threads N and of --input CxHxW. */
Status option_threads(int *n_threads, const char *text) MUST_CHECK;
Status option_input(int *c, int *h, int *w, const char *text) MUST_CHECK;

/* The value of an option that is a time: 90s, 30min, 2h, or 0. */
Status option_duration(double *seconds, const char *option, const char *text) MUST_CHECK;

/* After the options: the one argument CONFIG. */
Status option_config(const char **config, int argc, char **argv) MUST_CHECK;

#endif
