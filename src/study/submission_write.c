#include "base/version.h"
#include "command.h"
#include "part.h"
#include "store/file.h"
#include "submission.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Beginnings of the variables that the jobs get as they are now. */
static const char *const KEPT[] = {"NORMLAB_",  "OMPI_MCA_", "OMPI_ALLOW_", "PMIX_MCA_",
                                   "PRTE_MCA_", "UCX_",      "SLURM_PMIX_"};
enum { N_KEPT = sizeof KEPT / sizeof *KEPT };

extern char **environ;

/* A file of the folder, to be closed by close_part(). */
static Status open_part(FILE **file, Pool *pool, char **path, const Submission *submission,
                        const char *name) {
  TRY(pool_text(pool, path, "%s/%s", submission->folder, name));
  *file = fopen(*path, "wxe");
  if (*file) return status_ok();
  return status_errno(STATUS_FILE, errno, "%s: cannot be made", *path);
}

static Status close_part(FILE *file, const char *path) {
  int failed = ferror(file) || fflush(file) != 0;
  int error = errno;
  if (fclose(file) != 0) failed = 1;
  return failed ? status_errno(STATUS_FILE, error, "%s: cannot be written", path) : status_ok();
}

static Status put_words(FILE *file, Pool *pool, char *const *words, int n) {
  char *text;
  TRY(submission_line(&text, pool, words, n));
  fputs(text, file);
  return status_ok();
}

/* One of the fields that `submission` holds. */
static Status put_field(FILE *file, Pool *pool, const char *key, const char *value) {
  return put_words(file, pool, (char *const[]){(char *)key, (char *)value}, 2);
}

/* The program that the jobs are to use: its path, absolute. */
static Status find_program(char program[PATH_MAX]) {
  const char *given = getenv("NORMLAB_PROGRAM");
  if (given && *given) {
    if (access(given, X_OK) == 0 && realpath(given, program)) return status_ok();
    return status_errno(STATUS_USAGE, errno, "NORMLAB_PROGRAM=%.400s: no such program", given);
  }
  if (realpath("/proc/self/exe", program)) return status_ok();
  return status_errno(STATUS_FILE, errno, "/proc/self/exe");
}

/* The folder of the scripts: of $NORMLAB_ROOT, where the program was built or installed, or in the
 * current folder. */
static Status find_jobs(char jobs[PATH_MAX]) {
  static const char *const BESIDE[] = {"/../..", "/../share/normlab", "/.."};
  const char *root = getenv("NORMLAB_ROOT");
  char places[5][PATH_MAX], program[PATH_MAX];
  int n = 0;
  if (root && *root) snprintf(places[n++], PATH_MAX, "%s", root);
  if (realpath("/proc/self/exe", program)) {
    *strrchr(program, '/') = '\0';
    for (int i = 0; i < 3; i++)
      if (snprintf(places[n], PATH_MAX, "%s%s", program, BESIDE[i]) < PATH_MAX) n++;
  }
  snprintf(places[n++], PATH_MAX, ".");
  for (int i = 0; i < n; i++) {
    char script[PATH_MAX + 32];
    snprintf(script, sizeof script, "%.*s/jobs/slurm.sh", PATH_MAX - 1, places[i]);
    if (access(script, R_OK) != 0) continue;
    *strrchr(script, '/') = '\0';
    if (realpath(script, jobs)) return status_ok();
  }
  return status_error(STATUS_FILE,
                      "there is no jobs/slurm.sh, neither in this folder nor where the program was "
                      "built or installed; set NORMLAB_ROOT to the folder of the sources");
}

static Status copy_jobs(const Submission *submission, Pool *pool) {
  char jobs[PATH_MAX];
  char *folder;
  TRY(find_jobs(jobs));
  TRY(pool_text(pool, &folder, "%s/jobs", submission->folder));
  TRY(result_make_folder(folder));
  DIR *list = opendir(jobs);
  if (!list) return status_errno(STATUS_FILE, errno, "%s: cannot be read", jobs);
  Status status = status_ok();
  for (struct dirent *entry; status.code == STATUS_OK && (entry = readdir(list));) {
    const char *dot = strrchr(entry->d_name, '.');
    char *from, *to;
    if (!dot || (strcmp(dot, ".sh") != 0 && strcmp(dot, ".sbatch") != 0)) continue;
    status = pool_text(pool, &from, "%s/%s", jobs, entry->d_name);
    if (status.code == STATUS_OK) status = pool_text(pool, &to, "%s/%s", folder, entry->d_name);
    if (status.code == STATUS_OK) status = part_copy(from, to);
  }
  closedir(list);
  return status;
}

static const char *name_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static Status put_number(FILE *file, Pool *pool, const char *key, double number) {
  char *text;
  TRY(pool_text(pool, &text, "%.17g", number));
  return put_field(file, pool, key, text);
}

/* What the steps of a chain need. */
static Status put_chain(FILE *file, Pool *pool, const SubmissionParts *parts) {
  const Chain *chain = parts->chain;
  const StudySource *source = &chain->source;
  char *study, *base;
  TRY(pool_text(pool, &study, "study/%s", name_of(source->file)));
  TRY(pool_text(pool, &base, "base/%s", name_of(source->base)));
  TRY(put_field(file, pool, "study", study));
  TRY(put_field(file, pool, "base", base));
  TRY(put_field(file, pool, "results", parts->results));
  if (source->data) TRY(put_field(file, pool, "data", source->data));
  TRY(put_field(file, pool, "data-hash", chain->data_hash));
  for (int i = 0; i < source->n_changes; i++) {
    const ConfigChange *change = &source->changes[i];
    char *const words[] = {"change", (char *)change->option, (char *)change->key,
                           (char *)change->value};
    TRY(put_words(file, pool, words, 4));
  }
  if (chain->until.baseline) {
    TRY(put_number(file, pool, "seeds", source->n_seeds));
    TRY(put_field(file, pool, "baseline", chain->until.baseline));
    TRY(put_number(file, pool, "difference", chain->until.difference));
  }
  for (int i = 0; i < chain->n_steps; i++)
    fprintf(file, "step %d %d\n", chain->steps[i].look, chain->steps[i].n_tasks);
  return status_ok();
}

static Status write_record(const Submission *submission, Pool *pool, const SubmissionParts *parts,
                           const char *program) {
  FILE *file;
  char *path, *folder = getcwd(NULL, 0), when[32];
  time_t now = time(NULL);
  struct tm local;
  const SubmitRequest *request = parts->request;
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S%z", localtime_r(&now, &local));
  TRY(pool_keep(pool, folder));
  TRY(open_part(&file, pool, &path, submission, "submission"));
  const char *const fields[][2] = {{"title", parts->title},     {"command", request->typed},
                                   {"folder", folder},          {"time", when},
                                   {"program", program},        {"version", version_number()},
                                   {"commit", version_commit()}};
  Status status = status_ok();
  for (size_t i = 0; i < sizeof fields / sizeof *fields && status.code == STATUS_OK; i++)
    status = put_field(file, pool, fields[i][0], fields[i][1]);
  for (int i = 0; i < request->n_options && status.code == STATUS_OK; i++)
    status = put_field(file, pool, "option", request->options[i]);
  if (parts->chain && status.code == STATUS_OK) status = put_chain(file, pool, parts);
  Status closed = close_part(file, path);
  return status.code == STATUS_OK ? closed : status;
}

static Status put_environment(FILE *file, Pool *pool, const Submission *submission) {
  fprintf(file, "# shellcheck shell=bash\n"
                "# What the jobs of this submission find in their environment, whatever --export "
                "says.\nunset \"${!NORMLAB_@}\"\n");
  for (char **variable = environ; *variable; variable++) {
    size_t length = strcspn(*variable, "=");
    int is_kept = 0;
    for (int i = 0; i < N_KEPT; i++) is_kept |= strncmp(*variable, KEPT[i], strlen(KEPT[i])) == 0;
    /* A name that the shell cannot have is not one of ours. */
    for (size_t i = 0; i < length; i++)
      is_kept &= strchr("_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                        (*variable)[i]) != NULL;
    if (!is_kept || !(*variable)[length]) continue;
    const char *value = *variable + length + 1;
    char *whole = NULL, *text;
    if (strncmp(*variable, "NORMLAB_SETUP=", 14) == 0 && (whole = realpath(value, NULL)))
      TRY(pool_keep(pool, whole));
    TRY(command_text(&text, pool, whole ? whole : value));
    fprintf(file, "export %.*s=%s\n", (int)length, *variable, text);
  }
  char *text;
  TRY(command_text(&text, pool, submission->folder));
  fprintf(file, "export NORMLAB_ROOT=%s NORMLAB_PROGRAM=%s/normlab\n", text, text);
  return status_ok();
}

static Status write_environment(const Submission *submission, Pool *pool) {
  FILE *file;
  char *path;
  TRY(open_part(&file, pool, &path, submission, "environment"));
  Status status = put_environment(file, pool, submission);
  Status closed = close_part(file, path);
  return status.code == STATUS_OK ? closed : status;
}

static Status write_runs(const Submission *submission, Pool *pool, const SubmissionParts *parts) {
  FILE *file;
  char *path;
  Status status = status_ok();
  TRY(open_part(&file, pool, &path, submission, "runs"));
  for (int i = 0; i < parts->n_runs && status.code == STATUS_OK; i++) {
    WordLine line = {0};
    status = submission_freeze(&line, pool, submission->folder, parts->runs[i], 0, i + 1);
    if (status.code == STATUS_OK) status = put_words(file, pool, line.words, line.n);
  }
  Status closed = close_part(file, path);
  return status.code == STATUS_OK ? closed : status;
}

static Status write_files(const Submission *submission, Pool *pool, const SubmissionParts *parts) {
  FILE *file;
  char *path;
  TRY(open_part(&file, pool, &path, submission, "files"));
  for (int i = 0; i < parts->n_files; i++) fprintf(file, "%s\n", parts->files[i].out);
  return close_part(file, path);
}

/* A folder of its own, by the time and a random number. */
static Status make_folder(Submission *submission, Pool *pool, const char *results) {
  enum { TRIES = 100 };
  char *all, when[32];
  TRY(pool_text(pool, &all, "%s/submissions", results));
  TRY(result_make_folder(all));
  for (int i = 0; i < TRIES; i++) {
    unsigned number = 0;
    time_t now = time(NULL);
    struct tm local;
    (void)!getrandom(&number, sizeof number, 0);
    strftime(when, sizeof when, "%Y-%m-%dT%H-%M-%S", localtime_r(&now, &local));
    TRY(pool_text(pool, &submission->folder, "%s/%s-%04x", all, when, number & 0xffff));
    if (mkdir(submission->folder, 0777) == 0) return status_ok();
    if (errno != EEXIST) break;
  }
  return status_errno(STATUS_FILE, errno, "%s: cannot be made", submission->folder);
}

static Status fill(const Submission *submission, Pool *pool, const SubmissionParts *parts) {
  char program[PATH_MAX];
  char *copy;
  TRY(find_program(program));
  TRY(pool_text(pool, &copy, "%s/normlab", submission->folder));
  TRY(part_copy(program, copy));
  TRY(copy_jobs(submission, pool));
  TRY(write_environment(submission, pool));
  TRY(write_runs(submission, pool, parts));
  if (parts->n_files > 0) TRY(write_files(submission, pool, parts));
  if (parts->chain) TRY(submission_keep_study(submission, pool, &parts->chain->source));
  return write_record(submission, pool, parts, program);
}

Status submission_write(Submission *submission, Pool *pool, const SubmissionParts *parts) {
  *submission = (Submission){.title = parts->title};
  TRY(make_folder(submission, pool, parts->results));
  Status status = fill(submission, pool, parts);
  if (status.code == STATUS_OK) status = submission_read(submission, pool, submission->folder);
  if (status.code != STATUS_OK) submission_remove(submission->folder);
  return status;
}
