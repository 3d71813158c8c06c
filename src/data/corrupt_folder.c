#include "base/memory.h"
#include "corrupted_note.h"
#include "data/dataset.h"
#include "file_write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder that is made of one choice. */
typedef struct Target {
  char *folder;    /* where it is to be */
  char *parent;    /* the folder above it */
  char *temporary; /* where it is until it is complete, beside it */
} Target;

static void target_free(Target *target) {
  free(target->folder);
  free(target->parent);
  free(target->temporary);
  *target = (Target){0};
}

static Status no_memory(const char *folder) {
  return status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
}

static Status target_names(Target *target, const CorruptPlan *plan, int i) {
  const CorruptionChoice *choice = &plan->choice[i];
  size_t length = strlen(plan->to);
  while (length > 1 && plan->to[length - 1] == '/') length--;
  int n = plan->is_inside ? asprintf(&target->folder, "%.*s/%s-%d", (int)length, plan->to,
                                     choice->kind->name, choice->severity)
                          : asprintf(&target->folder, "%.*s", (int)length, plan->to);
  if (n < 0) target->folder = NULL;
  if (n < 0) return no_memory(plan->to);
  const char *slash = strrchr(target->folder, '/');
  target->parent =
      slash ? strndup(target->folder, (size_t)(slash - target->folder) + 1) : strdup(".");
  if (asprintf(&target->temporary, "%s.%ld.tmp", target->folder, (long)getpid()) < 0)
    target->temporary = NULL;
  return target->parent && target->temporary ? status_ok() : no_memory(plan->to);
}

static int is_entry(const struct dirent *entry) {
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Returns the number of files in a folder, or -1. */
static int count_files(const char *folder) {
  DIR *list = opendir(folder);
  int n = 0;
  if (!list) return -1;
  for (const struct dirent *entry; (entry = readdir(list));) n += is_entry(entry);
  closedir(list);
  return n;
}

/* Nothing is replaced but what has been made here. */
static Status check_free(const char *folder, int overwrite) {
  CorruptedNote note;
  struct stat about;
  if (lstat(folder, &about) != 0) return status_ok();
  if (!overwrite)
    return status_error(STATUS_FILE, "%s: exists already; --overwrite replaces it", folder);
  TRY(corrupted_read(&note, folder));
  if (note.is_there && S_ISDIR(about.st_mode) && count_files(folder) == note.n_files)
    return status_ok();
  return status_error(
      STATUS_FILE,
      "%s: is not a folder that data corrupt has made, or has other files, too, and "
      "is not replaced: give another name, or remove it",
      folder);
}

static Status remove_folder(const char *folder) {
  DIR *list = opendir(folder);
  if (!list) return status_errno(STATUS_FILE, errno, "%s: cannot look into this folder", folder);
  for (const struct dirent *entry; (entry = readdir(list));)
    if (is_entry(entry)) unlinkat(dirfd(list), entry->d_name, 0);
  closedir(list);
  if (rmdir(folder) == 0) return status_ok();
  return status_errno(STATUS_FILE, errno, "%s: cannot remove this folder", folder);
}

static Status cannot_rename(const Target *target) {
  return status_errno(STATUS_FILE, errno, "%s: cannot rename to %s", target->temporary,
                      target->folder);
}

/* Some file systems cannot exchange two names. Then the old folder makes room first: killed in
 * between, the name is free, and the old one is there under another. */
static Status replace_in_turn(const Target *target) {
  char *old;
  if (asprintf(&old, "%s.old", target->temporary) < 0) return no_memory(target->folder);
  Status status = status_ok();
  if (rename(target->folder, old) != 0 || rename(target->temporary, target->folder) != 0)
    status = cannot_rename(target);
  if (status.code == STATUS_OK) status = remove_folder(old);
  free(old);
  return status;
}

static Status put_in_place(const Target *target, int overwrite) {
  struct stat about;
  int is_there = overwrite && lstat(target->folder, &about) == 0;
  unsigned flags = is_there ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (renameat2(AT_FDCWD, target->temporary, AT_FDCWD, target->folder, flags) == 0)
    return is_there ? remove_folder(target->temporary) : status_ok();
  if (errno != EINVAL && errno != ENOSYS) return cannot_rename(target);
  if (is_there) return replace_in_turn(target);
  return rename(target->temporary, target->folder) == 0 ? status_ok() : cannot_rename(target);
}

static Status fill_folder(const Target *target, const OpenDataSet *original,
                          const CorruptionChoice *choice, uint8_t *pixels) {
  CorruptedNote note = {
      .severity = choice->severity, .seed = choice->seed, .original_hash = original->set.hash};
  snprintf(note.kind, sizeof note.kind, "%s", choice->kind->name);
  snprintf(note.original, sizeof note.original, "%s", original->set.title);
  TRY(corrupt_images(pixels, &original->set.test, choice));
  TRY(dataset_hash_with(&note.hash, original, pixels));
  ImageSet test = original->set.test;
  test.pixels = pixels;
  TRY(original->format->rewrite(target->temporary, &original->source, &test));
  note.n_files = count_files(target->temporary) + 1;
  TRY(corrupted_write(&note, target->temporary));
  return folder_sync(target->temporary);
}

static Status make_target(const Target *target, const OpenDataSet *original,
                          const CorruptionChoice *choice, uint8_t *pixels, int overwrite) {
  TRY(folder_make(target->parent));
  if (mkdir(target->temporary, 0777) != 0)
    return status_errno(STATUS_FILE, errno, "%s: cannot make this folder", target->temporary);
  Status status = fill_folder(target, original, choice, pixels);
  if (status.code == STATUS_OK) status = put_in_place(target, overwrite);
  if (status.code == STATUS_OK) return folder_sync(target->parent);
  Status removal = remove_folder(target->temporary); /* the first failure is the one to tell */
  (void)removal;
  return status;
}

static Status make_all(const CorruptPlan *plan, Target *targets, const OpenDataSet *original,
                       uint8_t *pixels) {
  for (int i = 0; i < plan->n; i++) {
    const CorruptionChoice *choice = &plan->choice[i];
    TRY(make_target(&targets[i], original, choice, pixels, plan->overwrite));
    printf("%s: %s, %s %d, seed %" PRIu64 "\n", targets[i].folder, original->set.title,
           choice->kind->name, choice->severity, choice->seed);
    fflush(stdout);
  }
  return status_ok();
}

static Status open_original(OpenDataSet *original, const char *folder) {
  const DataFormat *format;
  CorruptedNote note;
  TRY(data_format_find(&format, folder));
  if (!format->rewrite)
    return status_error(STATUS_USAGE,
                        "data corrupt %s: %s are drawn, not read: write them to a folder first, by "
                        "normlab data synthesize DIR",
                        folder, format->title);
  TRY(dataset_open(original, folder));
  TRY(corrupted_read(&note, original->set.source));
  if (!note.is_there) return status_ok();
  return status_error(STATUS_DATA,
                      "%s: its test set is corrupted already (%s %d): give the folder of the "
                      "original",
                      folder, note.kind, note.severity);
}

static Status corrupt(const CorruptPlan *plan, Target *targets, OpenDataSet *original) {
  uint8_t *pixels;
  for (int i = 0; i < plan->n; i++) {
    TRY(target_names(&targets[i], plan, i));
    TRY(check_free(targets[i].folder, plan->overwrite));
  }
  TRY(open_original(original, plan->from));
  const ImageSet *test = &original->set.test;
  size_t image = (size_t)test->c * (size_t)test->h * (size_t)test->w;
  TRY(memory_allocate(&pixels, (size_t)test->n, image, "corrupted images"));
  Status status = make_all(plan, targets, original, pixels);
  free(pixels);
  return status;
}

Status corrupt_folder(const CorruptPlan *plan) {
  Target *targets;
  OpenDataSet original = {0};
  TRY(memory_allocate(&targets, (size_t)plan->n, sizeof *targets, plan->to));
  Status status = corrupt(plan, targets, &original);
  dataset_close(&original);
  for (int i = 0; i < plan->n; i++) target_free(&targets[i]);
  free(targets);
  return status;
}
