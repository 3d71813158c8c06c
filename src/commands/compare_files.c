#include "commands/compare_files.h"

#include "base/log.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_same_file(const char *a, const char *b) {
  struct stat x, y;
  if (strcmp(a, b) == 0) return 1;
  return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static Status add_file(FileList *list, const char *path) {
  for (size_t i = 0; i < list->n; i++) {
    if (!is_same_file(list->file[i], path)) continue;
    log_note("%s is given twice, also as %s: it is counted once", path, list->file[i]);
    return status_ok();
  }
  char **file = reallocarray(list->file, list->n + 1, sizeof *file);
  if (file) list->file = file;
  char *name = file ? strdup(path) : NULL;
  if (!name) return status_error(STATUS_MEMORY, "%s: no memory for its name", path);
  list->file[list->n++] = name;
  return status_ok();
}

static int is_result(const struct dirent *entry) {
  size_t length = strlen(entry->d_name);
  return length > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name + length - 3, ".h5") == 0;
}

static Status add_folder(FileList *list, const char *folder) {
  struct dirent **entries;
  int n = scandir(folder, &entries, is_result, alphasort);
  if (n < 0) return status_errno(STATUS_FILE, errno, "%s: cannot be read", folder);
  Status status = status_ok();
  if (n == 0)
    status = status_error(STATUS_FILE,
                          "%s: holds no result file (*.h5); was the training run with "
                          "--out elsewhere?",
                          folder);
  int has_slash = folder[strlen(folder) - 1] == '/';
  for (int i = 0; i < n; i++) {
    char *path = NULL;
    if (status.code == STATUS_OK) {
      if (asprintf(&path, "%s%s%s", folder, has_slash ? "" : "/", entries[i]->d_name) < 0) {
        path = NULL;
        status = status_error(STATUS_MEMORY, "%s: no memory for its files", folder);
      } else {
        status = add_file(list, path);
      }
    }
    free(path);
    free(entries[i]);
  }
  free(entries);
  return status;
}

Status file_list_add(FileList *list, const char *path) {
  struct stat at;
  int is_folder = stat(path, &at) == 0 && S_ISDIR(at.st_mode);
  return is_folder ? add_folder(list, path) : add_file(list, path);
}

void file_list_free(FileList *list) {
  for (size_t i = 0; i < list->n; i++) free(list->file[i]);
  free(list->file);
  *list = (FileList){0};
}
