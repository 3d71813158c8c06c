#include "commands/digest.h"

#include "base/log.h"
#include "store/file.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char HELP[] =
    "Usage: normlab digest FILE...\n"
    "\n"
    "Prints one hash for each result file, over all that must not depend on ranks, threads or\n"
    "time: the configuration, weights, running statistics, optimizer, metrics and predictions.\n"
    "Two runs with equal digests have the same results, bit for bit.\n"
    "\n"
    "  -h, --help   print this\n"
    "\n"
    "Exit status: 0; that of the first file that could not be read: 3 (file system), 4 "
    "(content).\n";

static StatusCode finish(StatusCode code) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return code;
  log_error("standard output: %s", strerror(errno));
  return code ? code : STATUS_FILE;
}

static StatusCode print_digest(const char *path) {
  Record record;
  Status status = result_read_exactly(&record, path);
  if (status.code) {
    log_error("%s", status.text);
    return status.code;
  }
  char digest[33];
  record_digest(digest, &record);
  record_free(&record);
  printf("%s  %s\n", digest, path);
  return STATUS_OK;
}

int command_digest(int argc, char **argv) {
  static const struct option OPTIONS[] = {{"help", no_argument, NULL, 'h'}, {0}};
  optind = 0;
  opterr = 0;
  for (int option; (option = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1;) {
    if (option == 'h') {
      fputs(HELP, stdout);
      return (int)finish(STATUS_OK);
    }
    log_error("digest: unknown option %s; see normlab digest --help", argv[optind - 1]);
    return STATUS_USAGE;
  }
  if (optind == argc) {
    log_error("digest: no file named; see normlab digest --help");
    return STATUS_USAGE;
  }
  StatusCode first = STATUS_OK;
  for (int i = optind; i < argc; i++) {
    StatusCode code = print_digest(argv[i]);
    if (!first) first = code;
  }
  return (int)finish(first);
}
