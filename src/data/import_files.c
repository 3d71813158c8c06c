#include "import_files.h"

#include "base/log.h"
#include "imported_note.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Entries of a folder, in the order of their names by bytes. */
typedef struct Listing {
  char *folder; /* not owned */
  char **name;  /* [n] */
  int *is_folder;
  int n;
} Listing;

static Status no_memory(const char *folder) {
  return status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
}

static int is_wanted(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static Status path_of(char **path, const char *folder, const char *name) {
  if (asprintf(path, "%s/%s", folder, name) >= 0) return status_ok();
  *path = NULL;
  return no_memory(folder);
}

static void listing_free(struct dirent **entries, int n) {
  for (int i = 0; i < n; i++) free(entries[i]);
  free(entries);
}

/* Calls visit for each entry, in order. */
typedef struct Visit {
  ImportFiles *files;
  ImportedNote *note;
  int is_test, n_other;
  Status (*entry)(struct Visit *visit, const char *path, const char *name, int is_folder);
} Visit;

static Status visit_entry(Visit *visit, const char *folder, const char *name) {
  struct stat about;
  char *path;
  TRY(path_of(&path, folder, name));
  Status status = stat(path, &about) == 0
                      ? visit->entry(visit, path, name, S_ISDIR(about.st_mode))
                      : status_errno(STATUS_FILE, errno, "%s: cannot be read", path);
  free(path);
  return status;
}

static Status visit_folder(Visit *visit, const char *folder) {
  struct dirent **entries;
  const int n = scandir(folder, &entries, is_wanted, by_bytes);
  if (n < 0) return status_errno(STATUS_FILE, errno, "%s: cannot look into this folder", folder);
  Status status = status_ok();
  for (int i = 0; i < n && status.code == STATUS_OK; i++)
    status = visit_entry(visit, folder, entries[i]->d_name);
  listing_free(entries, n);
  return status;
}

static Status add_picture(Visit *visit, const char *path, const char *name, int is_folder) {
  ImportFiles *files = visit->files;
  (void)name;
  if (is_folder)
    return status_error(STATUS_DATA,
                        "%s: expected pictures in the folder of a class, found a folder", path);
  if (files->n == files->room) {
    const int room = files->room ? 2 * files->room : 1024;
    if (files->room > INT_MAX / 2) return status_error(STATUS_DATA, "%s: too many pictures", path);
    ImportFile *file = realloc(files->file, (size_t)room * sizeof *file);
    if (!file) return no_memory(path);
    files->file = file;
    files->room = room;
  }
  char *copy = strdup(path);
  if (!copy) return no_memory(path);
  files->file[files->n++] = (ImportFile){copy, files->n_classes - 1, visit->is_test};
  return status_ok();
}

/* The number of a class in the order of names, which the train set tells where there is one. */
static Status number_class(int *label, Visit *visit, const char *path, const char *name) {
  ImportedNote *note = visit->note;
  for (*label = 0; *label < note->n_classes; (*label)++)
    if (strcmp(note->class_name[*label], name) == 0) return status_ok();
  if (visit->is_test)
    return status_error(STATUS_DATA, "%s: expected a class that the folder train has, too", path);
  if (note->n_classes == DATA_CLASSES)
    return status_error(STATUS_DATA, "%s: expected at most %d classes, found more", path,
                        DATA_CLASSES);
  if (!data_name_is_fine(name, DATA_CLASS))
    return status_error(STATUS_DATA,
                        "%s: expected as the name of a class UTF-8 of at most %d bytes without "
                        "control characters",
                        path, DATA_CLASS - 1);
  snprintf(note->class_name[note->n_classes++], DATA_CLASS, "%s", name);
  return status_ok();
}

static Status add_class(Visit *visit, const char *path, const char *name, int is_folder) {
  ImportFiles *files = visit->files;
  int label;
  visit->n_other += !is_folder;
  if (!is_folder) return status_ok();
  TRY(number_class(&label, visit, path, name));
  const int n = files->n;
  files->n_classes = label + 1;
  Visit pictures = *visit;
  pictures.entry = add_picture;
  TRY(visit_folder(&pictures, path));
  files->n_classes = visit->note->n_classes;
  if (files->n > n) return status_ok();
  return status_error(STATUS_DATA, "%s: expected pictures of this class, found none", path);
}

static int is_a_folder(const char *folder, const char *name) {
  struct stat about;
  char *path;
  if (asprintf(&path, "%s/%s", folder, name) < 0) return 0;
  const int is_there = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
  free(path);
  return is_there;
}

static Status count_folders(Visit *visit, const char *path, const char *name, int is_folder) {
  (void)path, (void)name;
  visit->is_test += is_folder;
  return status_ok();
}

/* The folders of classes in `folder`, which are of one set if `set` is its name. */
static Status add_classes(ImportFiles *files, ImportedNote *note, const char *folder,
                          const char *set) {
  Visit visit = {
      .files = files, .note = note, .entry = add_class, .is_test = set && strcmp(set, "test") == 0};
  char *path;
  TRY(path_of(&path, folder, set ? set : "."));
  Status status = visit_folder(&visit, set ? path : folder);
  if (status.code == STATUS_OK && visit.n_other)
    log_note("%s: %d file%s beside the folders of classes left aside", set ? path : folder,
             visit.n_other, visit.n_other > 1 ? "s" : "");
  free(path);
  return status;
}

Status import_files_find(ImportFiles *files, ImportedNote *note, const char *folder) {
  Visit count = {.entry = count_folders};
  TRY(visit_folder(&count, folder));
  files->is_split =
      count.is_test == 2 && is_a_folder(folder, "train") && is_a_folder(folder, "test");
  TRY(add_classes(files, note, folder, files->is_split ? "train" : NULL));
  if (files->is_split) TRY(add_classes(files, note, folder, "test"));
  if (note->n_classes >= 2) return status_ok();
  return status_error(
      STATUS_DATA,
      "%s: expected a folder of PNG or JPEG files for each class, at least 2, found "
      "%d",
      folder, note->n_classes);
}

void import_files_free(ImportFiles *files) {
  for (int i = 0; i < files->n; i++) free(files->file[i].path);
  free(files->file);
  *files = (ImportFiles){0};
}
