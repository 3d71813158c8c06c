#include "submit_words.h"

#include "commands/command.h"
#include "study/words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a line of a list may have. */
typedef struct LineOptions {
  TrainWords run;
  int resume, overwrite;
} LineOptions;

static const Option LINE_OPTIONS[] = {OPTIONS_OF_TRAINING(LineOptions, run),
                                      {"resume", NULL, "", TO_FLAG(LineOptions, resume)},
                                      {"overwrite", NULL, "", TO_FLAG(LineOptions, overwrite)},
                                      {0}};
static const Command LINE = {.name = "train",
                             .options = LINE_OPTIONS,
                             .options_bytes = sizeof(LineOptions),
                             .defaults = &(const LineOptions){.run.time_limit = -1}};

Status submit_words_make(char ***words, int *n, Pool *pool, const TrainWords *options,
                         const char *file) {
  const Changes *changes = &options->changes;
  const struct {
    const char *option, *value;
  } rows[] = {{"--data", options->data},
              {"--data-hash", options->data_hash},
              {"--out", options->out},
              {"--init", options->init}};
  TRY(pool_items(pool, words, 2 * (size_t)changes->n + 16, sizeof **words));
  (*words)[(*n)++] = (char *)file;
  for (int i = 0; i < changes->n; i++) {
    const ConfigChange *change = &changes->change[i];
    int is_set = strcmp(change->option, "--set") == 0;
    (*words)[(*n)++] = (char *)change->option;
    TRY(pool_text(pool, &(*words)[(*n)++], "%s%s%s", is_set ? change->key : "", is_set ? "=" : "",
                  change->value));
  }
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].value) {
      (*words)[(*n)++] = (char *)rows[i].option;
      (*words)[(*n)++] = (char *)rows[i].value;
    }
  return status_ok();
}

/* Adds an option with a value of printf's. */
#define ADD(words, n, pool, option, format, value)                                                 \
  do {                                                                                             \
    (words)[(n)++] = (char *)(option);                                                             \
    TRY(pool_text((pool), &(words)[(n)++], (format), (value)));                                    \
  } while (0)

Status submit_words_run(SubmitRun *run, Pool *pool, const TrainWords *options, const char *file,
                        char *const *words, int n_words) {
  char out[TRAIN_OUT_BYTES], **more, *kept;
  *run = (SubmitRun){.data = train_words_data(options),
                     .data_hash = options->data_hash,
                     .init = options->init,
                     .words = words,
                     .n_words = n_words};
  TRY(train_words_resolve(&run->config, out, options, file));
  TRY(pool_text(pool, &kept, "%s", out));
  TRY(pool_items(pool, &more, 16, sizeof *more));
  run->out = kept;
  run->more = more;
  if (options->n_threads) ADD(more, run->n_more, pool, "--threads", "%d", options->n_threads);
  if (options->time_limit >= 0)
    ADD(more, run->n_more, pool, "--time-limit", "%.3fs", options->time_limit);
  if (options->trace) {
    char *folder = realpath(".", NULL);
    TRY(pool_keep(pool, folder));
    more[run->n_more++] = "--trace";
    TRY(pool_text(pool, &more[run->n_more++], "%s%s%s", *options->trace == '/' ? "" : folder,
                  *options->trace == '/' ? "" : "/", options->trace));
  }
  if (options->trace_steps)
    ADD(more, run->n_more, pool, "--trace-steps", "%d", options->trace_steps);
  return status_ok();
}

/* The words of a line, "normlab train" before them or not. */
static Status read_run(SubmitRun *run, Pool *pool, LineOptions *options, const WordLine *line) {
  char **argv, **words;
  int skipped =
      line->n >= 2 && strcmp(line->words[0], "normlab") == 0 && strcmp(line->words[1], "train") == 0
          ? 2
          : 0;
  int n = line->n - skipped;
  Words left = {0};
  TRY(pool_items(pool, &argv, (size_t)n + 2, sizeof *argv));
  TRY(pool_items(pool, &words, (size_t)n + 2, sizeof *words));
  memcpy(words, line->words + skipped, (size_t)n * sizeof *words);
  memcpy(argv + 1, words, (size_t)n * sizeof *words);
  argv[0] = "train";
  TRY(command_read(options, &left, &LINE, n + 1, argv));
  if (options->overwrite)
    return status_error(STATUS_USAGE, "--overwrite: would begin anew whenever Slurm starts the job "
                                      "again; remove the file");
  const char *config;
  TRY(words_one(&config, &left, "CONFIG"));
  return submit_words_run(run, pool, &options->run, config, words, n);
}

static Status submit_lines(const char *file, const SubmitRequest *request, Pool *pool,
                           SubmitRun **runs, LineOptions **options, int *n) {
  WordLine *lines;
  SubmitRequest whole = *request;
  TRY(words_read(&lines, n, pool, file));
  TRY(pool_items(pool, runs, (size_t)*n, sizeof **runs));
  TRY(pool_items(pool, options, (size_t)*n, sizeof **options));
  if (*n == 0) return status_error(STATUS_USAGE, "%s: has no runs", file);
  for (int i = 0; i < *n; i++) {
    Status status = read_run(&(*runs)[i], pool, &(*options)[i], &lines[i]);
    if (status.code != STATUS_OK)
      return status_error(status.code, "%s:%d: %.900s", file, lines[i].line, status.text);
  }
  whole.title = file;
  whole.runs = *runs;
  whole.n_runs = *n;
  return submit_runs(&whole);
}

Status submit_words_list(const char *file, const SubmitRequest *request) {
  Pool pool = {0};
  SubmitRun *runs = NULL;
  LineOptions *options = NULL;
  int n = 0;
  Status status = submit_lines(file, request, &pool, &runs, &options, &n);
  for (int i = 0; i < n; i++) {
    if (runs) config_free(runs[i].config);
    if (options) changes_free(&options[i].run.changes);
  }
  pool_free(&pool);
  return status;
}
