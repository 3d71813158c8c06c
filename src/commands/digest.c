#include "base/log.h"
#include "commands/command.h"
#include "store/file.h"
#include <stdio.h>

static Status print_digest(const char *path) {
  Record record;
  TRY(result_read_exactly(&record, path));
  char digest[33];
  record_digest(digest, &record);
  record_free(&record);
  printf("%s  %s\n", digest, path);
  return status_ok();
}

/* Never falls back to FILE.prev: the digest is that of FILE itself. */
static Status run(void *options, const Words *words) {
  (void)options;
  if (words->n == 0)
    return status_error(STATUS_USAGE, "digest: no FILE; see normlab digest --help");
  Status first = status_ok();
  for (int i = 0; i < words->n; i++) {
    Status status = print_digest(words->word[i]);
    if (status.code != STATUS_OK) log_error("%s", status.text);
    if (first.code == STATUS_OK) first.code = status.code;
  }
  return first;
}

const Command COMMAND_digest = {
    .name = "digest",
    .summary = "one hash a result file, equal if the results are",
    .usage = "FILE...",
    .about = "Prints one hash for each result file, over all that must not depend on ranks, "
             "threads or time: the configuration, weights, running statistics, optimizer, metrics "
             "and predictions. Two runs with equal digests have the same results, bit for bit.",
    .notes = "The status is that of the first file that could not be read; the others are printed "
             "all the same.",
    .exits =
        (const ExitLine[]){{STATUS_USAGE, NULL}, {STATUS_FILE, NULL}, {STATUS_DATA, NULL}, {0}},
    .start = START_ON_FIRST,
    .run = run};
