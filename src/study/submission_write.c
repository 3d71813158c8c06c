#include "base/version.h"
#include "command.h"
#include "store/file.h"
#include "submission.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

static Status copy_open(int from, int to, const char *path) {
  char block[1 << 16];
  for (ssize_t got; (got = TEMP_FAILURE_RETRY(read(from, block, sizeof block))) != 0;) {
    if (got < 0) return status_errno(STATUS_FILE, errno, "%s: cannot be read", path);
    for (ssize_t done = 0, put; done < got; done += put) {
      put = TEMP_FAILURE_RETRY(write(to, block + done, (size_t)(got - done)));
      if (put <= 0) return status_errno(STATUS_FILE, errno, "%s: cannot be copied", path);
    }
  }
  return status_ok();
}

/* With the rights that the file has; the copy must not be there yet. */
static Status copy_file(const char *from, const char *to) {
  struct stat info;
  int source = open(from, O_RDONLY | O_CLOEXEC);
  if (source < 0 || fstat(source, &info) != 0) {
    int error = errno;
    if (source >= 0) close(source);
    return status_errno(STATUS_FILE, error, "%s: cannot be read", from);
  }
  int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, info.st_mode & 0777);
  Status status = target >= 0 ? copy_open(source, target, from)
                              : status_errno(STATUS_FILE, errno, "%s: cannot be made", to);
  close(source);
  if (target >= 0 && close(target) != 0 && status.code == STATUS_OK)
    status = status_errno(STATUS_FILE, errno, "%s: cannot be written", to);
  return status;
}

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
  for (int i = 0; i < n; i++) {
    char *text;
    TRY(command_text(&text, pool, words[i]));
    fprintf(file, "%s%s", i ? " " : "", text);
  }
  fprintf(file, "\n");
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
    snprintf(script, sizeof script, "%s/jobs/slurm.sh", places[i]);
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
    if (status.code == STATUS_OK) status = copy_file(from, to);
  }
  closedir(list);
  return status;
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

/* The configuration of the run, and its words of normlab train. */
static Status freeze(WordLine *line, Pool *pool, const Submission *submission,
                     const WantedRun *wanted, int number) {
  const SubmitRun *run = wanted->run;
  const char *slash = strrchr(wanted->out, '/');
  char *name, *path, *text, *init = NULL;
  FILE *file;
  TRY(pool_text(pool, &name, "%d-%.*s.yaml", number, (int)strcspn(slash + 1, "."), slash + 1));
  TRY(config_text(&text, run->config));
  TRY(pool_keep(pool, text));
  TRY(open_part(&file, pool, &path, submission, name));
  fputs(text, file);
  TRY(close_part(file, path));
  if (wanted->init) {
    TRY(pool_text(pool, &init, "%s/%s", submission->folder, wanted->init_name));
    if (access(init, F_OK) != 0) TRY(copy_file(wanted->init, init));
  }
  struct {
    const char *option, *value;
  } words[] = {{"--data", wanted->data},
               {"--data-hash", wanted->data_hash},
               {"--out", wanted->out},
               {"--init", init}};
  TRY(pool_items(pool, &line->words, (size_t)run->n_more + 16, sizeof *line->words));
  line->words[line->n++] = path;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!words[i].value || !*words[i].value) continue;
    line->words[line->n++] = (char *)words[i].option;
    line->words[line->n++] = (char *)words[i].value;
  }
  for (int i = 0; i < run->n_more; i++) line->words[line->n++] = run->more[i];
  return status_ok();
}

static Status write_runs(const Submission *submission, Pool *pool, const SubmissionParts *parts) {
  FILE *file;
  char *path;
  Status status = status_ok();
  TRY(open_part(&file, pool, &path, submission, "runs"));
  for (int i = 0; i < parts->n_runs && status.code == STATUS_OK; i++) {
    WordLine line = {0};
    status = freeze(&line, pool, submission, parts->runs[i], i + 1);
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
  TRY(copy_file(program, copy));
  TRY(copy_jobs(submission, pool));
  TRY(write_environment(submission, pool));
  TRY(write_runs(submission, pool, parts));
  if (parts->n_files > 0) TRY(write_files(submission, pool, parts));
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
