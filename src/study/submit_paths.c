#include "submit_paths.h"

#include "base/log.h"
#include "data/format.h"
#include "store/file.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

static Status check_path(const char *path) {
  for (const char *c = path; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 127)
      return status_error(STATUS_USAGE,
                          "%.600s: a path with the character \\x%02x, which does not print", path,
                          (unsigned)(unsigned char)*c);
  return status_ok();
}

Status path_absolute(char **out, Pool *pool, const char *path) {
  char *part, *base, *rest;
  TRY(check_path(path));
  char *whole = realpath(path, NULL);
  if (whole) {
    *out = whole;
    return pool_keep(pool, whole);
  }
  if (errno != ENOENT) return status_errno(STATUS_FILE, errno, "%s", path);
  /* What is not there yet stands in a folder that may be. */
  TRY(pool_text(pool, &part, "%s", path));
  TRY(pool_text(pool, &base, "%s", path));
  base = basename(base);
  part = dirname(part);
  if (strcmp(part, path) == 0 || strcmp(base, "..") == 0 || strcmp(base, ".") == 0)
    return status_error(STATUS_USAGE, "%s: leads through a folder that is not there", path);
  TRY(path_absolute(&rest, pool, part));
  return pool_text(pool, out, "%s/%s", strcmp(rest, "/") == 0 ? "" : rest, base);
}

/* Of a file's bytes. */
static Status hash_file(uint64_t *hash, const char *path) {
  char block[1 << 16];
  FILE *file = fopen(path, "re");
  if (!file) return status_errno(STATUS_FILE, errno, "--init %s", path);
  XXH3_state_t *state = XXH3_createState();
  if (state) XXH3_64bits_reset(state);
  for (size_t n; state && (n = fread(block, 1, sizeof block, file)) > 0;)
    XXH3_64bits_update(state, block, n);
  int failed = ferror(file);
  fclose(file);
  *hash = state ? XXH3_64bits_digest(state) : 0;
  XXH3_freeState(state);
  if (failed) return status_error(STATUS_FILE, "--init %s: cannot be read", path);
  return state ? status_ok() : status_error(STATUS_MEMORY, "--init %s: no memory", path);
}

static Status hash_data(WantedRun *wanted, const WantedRun *before, int n) {
  uint64_t hash = 0;
  for (int i = n - 1; i >= 0; i--)
    if (before[i].data && strcmp(before[i].data, wanted->data) == 0) {
      memcpy(wanted->data_hash, before[i].data_hash, sizeof wanted->data_hash);
      return status_ok();
    }
  TRY(dataset_hash(&hash, wanted->data));
  dataset_hash_text(wanted->data_hash, hash);
  return status_ok();
}

static Status find_data(WantedRun *wanted, Pool *pool, const WantedRun *before, int n) {
  const SubmitRun *run = wanted->run;
  if (!run->data) return status_ok();
  if (data_format_drawn(run->data)) return pool_text(pool, &wanted->data, "%s", run->data);
  TRY(path_absolute(&wanted->data, pool, run->data));
  TRY(hash_data(wanted, before, n));
  if (!run->data_hash || strcmp(run->data_hash, wanted->data_hash) == 0) return status_ok();
  return status_error(STATUS_DATA, "--data-hash %.40s: the images of %s are others, of hash %s",
                      run->data_hash, wanted->data, wanted->data_hash);
}

Status wanted_make(WantedRun *wanted, Pool *pool, const SubmitRun *run, const WantedRun *before,
                   int n) {
  char *file, *folder;
  uint64_t hash = 0;
  *wanted = (WantedRun){.run = run};
  /* A link is the name of the result, and not what it points to. */
  TRY(pool_text(pool, &file, "%s", run->out));
  TRY(pool_text(pool, &folder, "%s", run->out));
  TRY(check_path(run->out));
  file = basename(file);
  TRY(path_absolute(&folder, pool, dirname(folder)));
  TRY(pool_text(pool, &wanted->out, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, file));
  TRY(find_data(wanted, pool, before, n));
  if (!run->init) return status_ok();
  TRY(path_absolute(&wanted->init, pool, run->init));
  TRY(hash_file(&hash, wanted->init));
  snprintf(wanted->init_name, sizeof wanted->init_name, "init-%016llx.h5",
           (unsigned long long)hash);
  return status_ok();
}

static Status wait_for(int file, const char *path) {
  enum { TRIES = 1200 };
  const struct timespec pause = {.tv_nsec = 100000000};
  for (int i = 0; flock(file, LOCK_EX | LOCK_NB) != 0; i++) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) {
      log_warning("%s: its file system has no locks; take care that nobody else submits now", path);
      return status_ok();
    }
    if (i == 0) log_note("%s: waiting for another submission", path);
    if (i == TRIES)
      return status_error(STATUS_FILE, "%s: another submission has not ended in two minutes", path);
    nanosleep(&pause, NULL);
  }
  return status_ok();
}

Status submissions_lock(int *lock, const char *results) {
  char path[4200];
  *lock = -1;
  if (snprintf(path, sizeof path, "%s/submissions", results) >= (int)sizeof path - 8)
    return status_error(STATUS_USAGE, "%.200s...: a path too long", results);
  TRY(result_make_folder(path));
  strcat(path, "/lock");
  *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (*lock < 0) return status_errno(STATUS_FILE, errno, "%s: cannot be made", path);
  return wait_for(*lock, path);
}
