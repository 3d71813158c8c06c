#include "commands/options.h"

#include <getopt.h>

Status option_error(int found, char **argv) {
  const char *what = found == ':' ? "needs a value" : "unknown option or value";
  /* A long option that is unknown, or takes no value, leaves optopt without a character to show. */
  int is_short = optopt > ' ' && optopt < 127;
  if (is_short)
    return status_error(STATUS_USAGE, "%s: -%c: %s; see normlab %s --help", argv[0], optopt, what,
                        argv[0]);
  return status_error(STATUS_USAGE, "%s: %s: %s; see normlab %s --help", argv[0], argv[optind - 1],
                      what, argv[0]);
}
