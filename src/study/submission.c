#include "submission.h"

#include "command.h"
#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const SUBMISSION_SCRIPTS[N_SCRIPTS] = {[SCRIPT_RUNS] = "study.sbatch",
                                                   [SCRIPT_RUN] = "train.sbatch",
                                                   [SCRIPT_COMPARISON] = "compare.sbatch"};
const char *const SUBMISSION_KINDS[N_SCRIPTS] = {
    [SCRIPT_RUNS] = "array", [SCRIPT_RUN] = "run", [SCRIPT_COMPARISON] = "comparison"};

/* The word behind an option of a line, or "". */
static const char *word_behind(const WordLine *line, const char *option) {
  for (int i = 0; i + 1 < line->n; i++)
    if (strcmp(line->words[i], option) == 0) return line->words[i + 1];
  return "";
}

static Status read_runs(Submission *submission, Pool *pool) {
  WordLine *lines;
  char *file;
  TRY(pool_text(pool, &file, "%s/runs", submission->folder));
  TRY(words_read(&lines, &submission->n_runs, pool, file));
  TRY(pool_items(pool, &submission->runs, (size_t)submission->n_runs, sizeof(FrozenRun)));
  for (int i = 0; i < submission->n_runs; i++) {
    const char *init = word_behind(&lines[i], "--init"), *slash = strrchr(init, '/');
    submission->runs[i] = (FrozenRun){.out = word_behind(&lines[i], "--out"),
                                      .config = lines[i].words[0],
                                      .data_hash = word_behind(&lines[i], "--data-hash"),
                                      .init = slash ? slash + 1 : init,
                                      .words = lines[i].words,
                                      .n_words = lines[i].n};
  }
  return status_ok();
}

Status submission_read(Submission *submission, Pool *pool, const char *folder) {
  WordLine *lines;
  char *file;
  int n;
  *submission = (Submission){0};
  TRY(pool_text(pool, &submission->folder, "%s", folder));
  TRY(pool_text(pool, &file, "%s/submission", folder));
  TRY(words_read(&lines, &n, pool, file));
  for (int i = 0; i < n; i++)
    if (lines[i].n == 2 && strcmp(lines[i].words[0], "title") == 0)
      submission->title = lines[i].words[1];
  if (!submission->title)
    return status_error(STATUS_DATA, "%s: is not the record of a submission", file);
  return read_runs(submission, pool);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk) {
  (void)info, (void)kind, (void)walk;
  (void)remove(path);
  return 0;
}

void submission_remove(const char *folder) {
  nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

Status submission_note(const Submission *submission, SubmissionScript script, const char *job) {
  char path[4096];
  snprintf(path, sizeof path, "%s/queued", submission->folder);
  FILE *file = fopen(path, "ae");
  int good = file && fprintf(file, "%s %s\n", SUBMISSION_KINDS[script], job) > 0;
  int error = errno;
  if (file && fclose(file) != 0) good = 0;
  return good ? status_ok() : status_errno(STATUS_FILE, error, "%s: cannot be written", path);
}

/* Whether `queued` has the job. */
static int has_job(SubmissionScript *script, Pool *pool, const char *queued, const char *job) {
  WordLine *lines;
  int n;
  if (words_read(&lines, &n, pool, queued).code != STATUS_OK) return 0;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < N_SCRIPTS; k++)
      if (lines[i].n == 2 && strcmp(lines[i].words[1], job) == 0 &&
          strcmp(lines[i].words[0], SUBMISSION_KINDS[k]) == 0) {
        *script = (SubmissionScript)k;
        return 1;
      }
  return 0;
}

int submission_find(char **folder, SubmissionScript *script, Pool *pool, const char *results,
                    const char *job) {
  int found = 0;
  glob_t files = {.gl_offs = 0};
  char *escaped = NULL;
  size_t used = 0, bytes = 2 * strlen(results) + 64;
  if (pool_items(pool, &escaped, bytes, 1).code != STATUS_OK) return 0;
  for (const char *c = results; *c; c++) {
    if (strchr("*?[\\", *c)) escaped[used++] = '\\';
    escaped[used++] = *c;
  }
  snprintf(escaped + used, bytes - used, "/submissions/*/queued");
  if (glob(escaped, GLOB_NOSORT, NULL, &files) == 0)
    for (size_t i = 0; i < files.gl_pathc && !found; i++)
      if (has_job(script, pool, files.gl_pathv[i], job)) {
        *strrchr(files.gl_pathv[i], '/') = '\0';
        found = pool_text(pool, folder, "%s", files.gl_pathv[i]).code == STATUS_OK;
      }
  globfree(&files);
  return found;
}
