#include "commands/options.h"

#include <getopt.h>
#include <string.h>

Status option_error(int found, char **argv) {
  const char *what = found == ':' ? "needs a value" : "unknown option or value";
  /* An unknown character in the middle of a word leaves optind at that word. */
  const char *word = argv[optind - 1];
  int is_long = strncmp(word, "--", 2) == 0 && (optopt == 0 || found == ':' || strchr(word, '='));
  char text[3] = {'-', (char)optopt, '\0'};
  return status_error(STATUS_USAGE, "%s: %s: %s; see normlab %s --help", argv[0],
                      is_long ? word : text, what, argv[0]);
}
