#include "commands/options.h"

#include "config/config.h"
#include "train/threads.h"
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
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

Status option_count(int *count, const char *option, const char *text, int most) {
  char *end;
  errno = 0;
  long n = strtol(text, &end, 10);
  if (errno || *end || end == text || n < 1 || n > most)
    return status_error(STATUS_USAGE, "%s %s: expected 1 to %d", option, text, most);
  *count = (int)n;
  return status_ok();
}

Status option_threads(int *n_threads, const char *text) {
  return option_count(n_threads, "--threads", text, MAX_THREADS);
}

Status option_duration(double *seconds, const char *option, const char *text) {
  if (config_duration(seconds, text)) return status_ok();
  return status_error(STATUS_USAGE, "%s %.100s: expected a time like 90s, 30min, 2h, or 0 for none",
                      option, text);
}

Status option_input(int *c, int *h, int *w, const char *text) {
  char rest;
  if (sscanf(text, "%dx%dx%d%c", c, h, w, &rest) != 3 || *c < 1 || *c > MAX_INPUT_CHANNELS ||
      *h < 1 || *h > 4096 || *w < 1 || *w > 4096)
    return status_error(STATUS_USAGE,
                        "--input %s: expected channels x rows x columns, such as 1x28x28", text);
  return status_ok();
}

Status option_config(const char **config, int argc, char **argv) {
  if (argc - optind != 1)
    return status_error(STATUS_USAGE, "%s: expected one CONFIG, got %d; see normlab %s --help",
                        argv[0], argc - optind, argv[0]);
  *config = argv[optind];
  return status_ok();
}
