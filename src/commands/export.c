#include "export/export.h"
#include "commands/command.h"
#include "commands/compare_files.h"

#define MEMBER(name, argument, takes, help) const char *name;
typedef struct Options {
  struct {
    EXPORT_TARGETS(MEMBER)
  } to;
  Statistics statistics;
  int overwrite;
} Options;

#define ROW(name, argument, takes, help) {#name, argument, help, TO_TEXT(Options, to.name)},
static const Option OPTIONS[] = {
    EXPORT_TARGETS(ROW) /* what is written */
    {"statistics", "WAY",
     "Gives norms that cross samples these statistics in a network: running or population; by "
     "default what the run was evaluated with.",
     TO_STATISTICS(Options, statistics)},
    {"overwrite", NULL, "Replaces what is there.", TO_FLAG(Options, overwrite)},
    {0}};

/* The targets that were asked for, in the order of EXPORTERS; NULL: not asked for. */
#define VALUE(name, argument, takes, help) options->to.name,
#define TARGETS                                                                                    \
  { EXPORT_TARGETS(VALUE) }

static Status check(const Options *options, const ExportJob *job) {
  const char *const targets[] = TARGETS;
  int n = 0;
  for (int i = 0; EXPORTERS[i].name; i++) {
    if (!targets[i]) continue;
    n++;
    if (EXPORTERS[i].takes == EXPORT_ONE && job->n != 1)
      return status_error(STATUS_USAGE, "export: --%s takes the network of one file; there are %zu",
                          EXPORTERS[i].name, job->n);
    TRY(export_check(job, targets[i]));
  }
  if (n == 0)
    return status_error(STATUS_USAGE, "export: nothing to write; see normlab export --help");
  return status_ok();
}

static Status export_all(const Options *options, const FileList *list) {
  const ExportJob job = {.files = list->file,
                         .n = list->n,
                         .statistics = options->statistics,
                         .overwrite = options->overwrite};
  const char *const targets[] = TARGETS;
  TRY(check(options, &job));
  for (int i = 0; EXPORTERS[i].name; i++)
    if (targets[i]) TRY(EXPORTERS[i].write(&job, targets[i]));
  return status_ok();
}

static Status run(void *from, const Words *words) {
  FileList list = {0};
  Status status = status_ok();
  if (words->n == 0)
    return status_error(STATUS_USAGE, "export: no FILE; see normlab export --help");
  for (int i = 0; i < words->n && status.code == STATUS_OK; i++)
    status = file_list_add(&list, words->word[i]);
  if (status.code == STATUS_OK) status = export_all(from, &list);
  file_list_free(&list);
  return status;
}

const Command COMMAND_export = {
    .name = "export",
    .summary = "results for other programs: ONNX, PyTorch, TensorBoard, CSV",
    .usage = "FILE|FOLDER... [options]",
    .about = "Writes what result files (all *.h5 of a folder) hold in the forms of other programs. "
             "Several may be asked for at once. What is there already is only replaced with "
             "--overwrite, and no file is ever half written.",
    .notes =
        "A network is exported for evaluation, as normlab predict has it: pixels are normalized "
        "in it, dropout is left out, norms that cross samples use stored statistics. For "
        "Parquet, R and others: results/normlab.py has all tables in Python, as in "
        "open_runs(FILES).epochs.to_parquet(\"epochs.parquet\").",
    .options = OPTIONS,
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_MEMORY, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.statistics = N_STATISTICS},
    .start = START_WITHOUT_MPI,
    .run = run};
