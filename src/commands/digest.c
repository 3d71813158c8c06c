#include "report/digest.h"
#include "base/log.h"
#include "commands/command.h"
#include "store/file.h"
#include "store/schema.h"
#include <stdio.h>

typedef struct Options {
  int fields;
} Options;

static const Option OPTIONS[] = {
    {"fields", NULL,
     "Prints what a result file holds instead, a field a line, for programs: path, type, shape, "
     "units, the first format that has it, whether the digest covers it, and what it is.",
     TO_FLAG(Options, fields)},
    {0}};

static Status print_digest(const char *path) {
  Record record;
  TRY(result_read_exactly(&record, path));
  char digest[33];
  Status status = run_digest(digest, &record, path);
  record_free(&record);
  TRY(status);
  printf("%s  %s\n", digest, path);
  return status_ok();
}

/* A line of titles, then one for each field; tabs divide them. */
static void print_fields(void) {
  puts("path\ttype\tshape\tunits\tsince format\tin digest\tdescription");
  for (ResultField field = 0; field < N_RESULT_FIELDS; field++) {
    const FieldRow *row = result_row(field);
    const char *type =
        row->type == FIELD_ANY ? "of the value" : field_type_name((FieldType)row->type);
    printf("%s\t%s\t%s\t%s\t%d\t%s\t%s\n", row->path, type, row->shape, row->units, row->since,
           row->is_covered ? "yes" : "no", row->description);
  }
}

/* Never falls back to FILE.prev: the digest is that of FILE itself. */
static Status run(void *options, const Words *words) {
  const Options *given = options;
  if (given->fields) {
    if (words->n > 0) return status_error(STATUS_USAGE, "digest: --fields takes no FILE");
    print_fields();
    return status_ok();
  }
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
    .usage = "FILE...\n--fields",
    .about = "Prints one hash for each result file, over all that must not depend on ranks, "
             "threads or time: the configuration, weights, running statistics, optimizer, metrics "
             "and predictions. Two runs with equal digests have the same results, bit for bit. "
             "With conv.backend gemm a result also depends on OpenBLAS and its core type, which "
             "/environment names.",
    .notes = "The status is that of the first file that could not be read; the others are printed "
             "all the same.",
    .exits =
        (const ExitLine[]){{STATUS_USAGE, NULL}, {STATUS_FILE, NULL}, {STATUS_DATA, NULL}, {0}},
    .options = OPTIONS,
    .options_bytes = sizeof(Options),
    .start = START_WITHOUT_MPI,
    .run = run};
