#include "base/same_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

static uint64_t identity_of(const struct stat *about) {
  const int64_t facts[] = {(int64_t)about->st_ino, about->st_size,        about->st_ctim.tv_sec,
                           about->st_ctim.tv_nsec, about->st_mtim.tv_sec, about->st_mtim.tv_nsec};
  return XXH3_64bits(facts, sizeof facts);
}

static Status open_error(const char *path) {
  return status_errno(STATUS_FILE, errno, "%s: cannot be read", path);
}

/* In whatever order the entries are listed: their hashes are added. */
static Status identity_of_folder(uint64_t *identity, const char *path) {
  DIR *folder = opendir(path);
  if (!folder) return open_error(path);
  for (const struct dirent *entry; (entry = readdir(folder));) {
    struct stat about;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (fstatat(dirfd(folder), entry->d_name, &about, 0) != 0) continue;
    *identity += XXH3_64bits_withSeed(entry->d_name, strlen(entry->d_name), identity_of(&about));
  }
  closedir(folder);
  return status_ok();
}

static void write_hash(char text[SAME_FILE_TEXT], uint64_t hash) {
  snprintf(text, SAME_FILE_TEXT, "%016" PRIx64, hash);
}

Status same_file_identity(char text[SAME_FILE_TEXT], const char *path) {
  struct stat about;
  if (stat(path, &about) != 0) return open_error(path);
  uint64_t identity = identity_of(&about);
  if (S_ISDIR(about.st_mode)) TRY(identity_of_folder(&identity, path));
  write_hash(text, identity);
  return status_ok();
}

Status same_file_hash(char text[SAME_FILE_TEXT], const char *path) {
  char part[1 << 16];
  uint64_t hash = 0;
  FILE *file = fopen(path, "rb");
  if (!file) return open_error(path);
  for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;)
    hash = XXH3_64bits_withSeed(part, n, hash);
  const int failed = ferror(file);
  Status status = failed ? open_error(path) : status_ok();
  fclose(file);
  write_hash(text, hash);
  return status;
}
