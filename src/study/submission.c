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
                                                   [SCRIPT_STEP] = "step.sbatch",
                                                   [SCRIPT_COMPARISON] = "compare.sbatch"};
const char *const SUBMISSION_KINDS[N_SCRIPTS] = {[SCRIPT_RUNS] = "array",
                                                 [SCRIPT_RUN] = "run",
                                                 [SCRIPT_STEP] = "step",
                                                 [SCRIPT_COMPARISON] = "comparison"};

/* The word behind an option of a line, or "". */
static const char *word_behind(const WordLine *line, const char *option) {
  for (int i = 0; i + 1 < line->n; i++)
    if (strcmp(line->words[i], option) == 0) return line->words[i + 1];
  return "";
}

char *submission_list(Pool *pool, const char *folder, int stage) {
  char *path, number[16] = "";
  if (stage > 0) snprintf(number, sizeof number, "-%d", stage);
  return pool_text(pool, &path, "%s/runs%s", folder, number).code == STATUS_OK ? path : NULL;
}

static Status read_list(FrozenList *list, Pool *pool, const char *file) {
  WordLine *lines;
  *list = (FrozenList){.is_there = 1};
  TRY(words_read(&lines, &list->n, pool, file));
  TRY(pool_items(pool, &list->runs, (size_t)list->n, sizeof(FrozenRun)));
  for (int i = 0; i < list->n; i++) {
    const char *init = word_behind(&lines[i], "--init"), *slash = strrchr(init, '/');
    list->runs[i] = (FrozenRun){.out = word_behind(&lines[i], "--out"),
                                .config = lines[i].words[0],
                                .data_hash = word_behind(&lines[i], "--data-hash"),
                                .init = slash ? slash + 1 : init,
                                .words = lines[i].words,
                                .n_words = lines[i].n};
  }
  return status_ok();
}

static Status read_lists(Submission *submission, Pool *pool) {
  int n = submission->chain.n_steps + 1;
  TRY(pool_items(pool, &submission->lists, (size_t)n, sizeof *submission->lists));
  for (int stage = 0; stage < n; stage++) {
    const char *file = submission_list(pool, submission->folder, stage);
    if (!file) return status_error(STATUS_MEMORY, "submit: no memory");
    if (stage > 0 && access(file, F_OK) != 0) continue;
    TRY(read_list(&submission->lists[stage], pool, file));
  }
  return status_ok();
}

/* A path of the record, which is one in the folder unless it is absolute. */
static Status inside(const char **path, Pool *pool, const Submission *submission,
                     const char *name) {
  char *whole;
  TRY(pool_text(pool, &whole, "%s/%s", submission->folder, name));
  *path = whole;
  return status_ok();
}

/* A line of the record that has one value. */
static Status take_field(Submission *submission, Pool *pool, const char *key, const char *value) {
  Chain *chain = &submission->chain;
  const struct {
    const char *key, **place;
  } ROWS[] = {{"title", &submission->title},
              {"results", &chain->source.folder},
              {"data", &chain->source.data},
              {"data-hash", &chain->data_hash},
              {"baseline", &chain->until.baseline}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
    if (strcmp(key, ROWS[i].key) == 0) *ROWS[i].place = value;
  if (strcmp(key, "seeds") == 0) chain->source.n_seeds = (int)strtol(value, NULL, 10);
  if (strcmp(key, "difference") == 0) chain->until.difference = strtod(value, NULL);
  if (strcmp(key, "study") == 0) return inside(&chain->source.file, pool, submission, value);
  if (strcmp(key, "base") == 0) return inside(&chain->source.base, pool, submission, value);
  return status_ok();
}

static Status read_record(Submission *submission, Pool *pool, const WordLine *lines, int n) {
  Chain *chain = &submission->chain;
  ConfigChange *changes;
  TRY(pool_items(pool, &changes, (size_t)n, sizeof *changes));
  TRY(pool_items(pool, &chain->steps, (size_t)n, sizeof *chain->steps));
  chain->data_hash = "";
  chain->source.changes = changes;
  for (int i = 0; i < n; i++) {
    char *const *word = lines[i].words;
    if (lines[i].n == 2) TRY(take_field(submission, pool, word[0], word[1]));
    if (lines[i].n == 3 && strcmp(word[0], "step") == 0)
      chain->steps[chain->n_steps++] =
          (ChainStep){(int)strtol(word[1], NULL, 10), (int)strtol(word[2], NULL, 10)};
    if (lines[i].n == 4 && strcmp(word[0], "change") == 0)
      changes[chain->source.n_changes++] = (ConfigChange){word[1], word[2], word[3]};
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
  TRY(read_record(submission, pool, lines, n));
  const StudySource *source = &submission->chain.source;
  int is_whole = source->file && source->base && source->folder;
  if (!submission->title || (submission->chain.n_steps > 0 && !is_whole))
    return status_error(STATUS_DATA, "%s: is not the record of a submission", file);
  return read_lists(submission, pool);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk) {
  (void)info, (void)kind, (void)walk;
  (void)remove(path);
  return 0;
}

void submission_remove(const char *folder) {
  nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

Status submission_note(const Submission *submission, SubmissionScript script, int stage,
                       const char *job) {
  char path[4096];
  snprintf(path, sizeof path, "%s/queued", submission->folder);
  FILE *file = fopen(path, "ae");
  int good = file && fprintf(file, "%s %s %d\n", SUBMISSION_KINDS[script], job, stage) > 0;
  int error = errno;
  if (file && fclose(file) != 0) good = 0;
  return good ? status_ok() : status_errno(STATUS_FILE, error, "%s: cannot be written", path);
}

/* The lines of `queued` that can be understood, their words being kind, number and stage. */
static int read_queued(WordLine **lines, Pool *pool, const char *queued) {
  int n, n_good = 0;
  if (words_read(lines, &n, pool, queued).code != STATUS_OK) return 0;
  for (int i = 0; i < n; i++)
    if ((*lines)[i].n == 2 || (*lines)[i].n == 3) (*lines)[n_good++] = (*lines)[i];
  return n_good;
}

static int stage_of(const WordLine *line) {
  return line->n > 2 ? (int)strtol(line->words[2], NULL, 10) : 0;
}

const char *submission_job(Pool *pool, const char *folder, SubmissionScript script, int stage) {
  WordLine *lines;
  char *queued;
  const char *job = NULL;
  if (pool_text(pool, &queued, "%s/queued", folder).code != STATUS_OK) return NULL;
  int n = read_queued(&lines, pool, queued);
  for (int i = 0; i < n; i++)
    if (strcmp(lines[i].words[0], SUBMISSION_KINDS[script]) == 0 && stage_of(&lines[i]) == stage)
      job = lines[i].words[1];
  return job;
}

/* Whether `queued` has the job. */
static int has_job(SubmissionScript *script, int *stage, Pool *pool, const char *queued,
                   const char *job) {
  WordLine *lines;
  int n = read_queued(&lines, pool, queued);
  for (int i = 0; i < n; i++)
    for (int k = 0; k < N_SCRIPTS; k++)
      if (strcmp(lines[i].words[1], job) == 0 &&
          strcmp(lines[i].words[0], SUBMISSION_KINDS[k]) == 0) {
        *script = (SubmissionScript)k;
        *stage = stage_of(&lines[i]);
        return 1;
      }
  return 0;
}

/* Finds the files of this name in all submissions, in order of time. globfree() frees them. */
static int find_files(glob_t *files, Pool *pool, const char *results, const char *name) {
  char *escaped = NULL;
  size_t used = 0, bytes = 2 * strlen(results) + 64;
  *files = (glob_t){.gl_offs = 0};
  if (pool_items(pool, &escaped, bytes, 1).code != STATUS_OK) return 0;
  for (const char *c = results; *c; c++) {
    if (strchr("*?[\\", *c)) escaped[used++] = '\\';
    escaped[used++] = *c;
  }
  snprintf(escaped + used, bytes - used, "/submissions/*/%s", name);
  return glob(escaped, 0, NULL, files) == 0;
}

int submission_find(char **folder, SubmissionScript *script, int *stage, Pool *pool,
                    const char *results, const char *job) {
  int found = 0;
  glob_t files;
  if (find_files(&files, pool, results, "queued"))
    for (size_t i = 0; i < files.gl_pathc && !found; i++)
      if (has_job(script, stage, pool, files.gl_pathv[i], job)) {
        *strrchr(files.gl_pathv[i], '/') = '\0';
        found = pool_text(pool, folder, "%s", files.gl_pathv[i]).code == STATUS_OK;
      }
  globfree(&files);
  return found;
}

char *submission_newest_looks(Pool *pool, const char *results) {
  char *folder = NULL;
  glob_t files;
  if (find_files(&files, pool, results, "submission"))
    for (size_t i = files.gl_pathc; i > 0 && !folder; i--) {
      Submission submission;
      *strrchr(files.gl_pathv[i - 1], '/') = '\0';
      Status status = submission_read(&submission, pool, files.gl_pathv[i - 1]);
      if (status.code == STATUS_OK && submission.chain.until.baseline) folder = submission.folder;
    }
  globfree(&files);
  return folder;
}
