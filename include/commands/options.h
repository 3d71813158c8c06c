#ifndef NORMLAB_COMMANDS_OPTIONS_H
#define NORMLAB_COMMANDS_OPTIONS_H
#include "base/status.h"

/* What getopt_long found wrong: found is its '?' or ':' (with opterr = 0 and ":" first in its short
 * options). "COMMAND: unknown option --x; see normlab COMMAND --help". */
Status option_error(int found, char **argv) MUST_CHECK;

/* The value of --input: channels, rows and columns of images, such as 1x28x28. */
Status option_input(int *c, int *h, int *w, const char *text) MUST_CHECK;

#endif
