#include "data/cifar_folder.h"

#include "base/log.h"
#include "base/memory.h"
#include "data/idx.h"
#include "leftover.h"
#include "recognize.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BATCH = 9999 };

static const char *const SUBFOLDERS[] = {"cifar-10-batches-bin", "cifar10"};

static Status no_memory(const char *folder) {
  return status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
}

/* The rest of a name after STEM: 1 for ".bin", 2 for ".bin.gz", 0 for anything else. */
static int suffix(const char *rest) {
  return strcmp(rest, ".bin") == 0 ? 1 : strcmp(rest, ".bin.gz") == 0 ? 2 : 0;
}

/* N of data_batch_N.bin or data_batch_N.bin.gz as people write it, or 0. */
static int batch_number(const char *name) {
  static const char stem[] = "data_batch_";
  size_t length = sizeof stem - 1;
  if (strncmp(name, stem, length) != 0) return 0;
  size_t digits = strspn(name + length, "0123456789");
  if (digits < 1 || digits > 4 || name[length] == '0' || !suffix(name + length + digits)) return 0;
  return atoi(name + length);
}

static int is_test(const char *name) {
  return strncmp(name, "test_batch", 10) == 0 && suffix(name + 10);
}

static int is_ours(const struct dirent *entry) {
  return batch_number(entry->d_name) > 0 || is_test(entry->d_name);
}

/* By number, the test set last; a plain file before a compressed one. */
static int compare(const struct dirent **a, const struct dirent **b) {
  int first = batch_number((*a)->d_name), second = batch_number((*b)->d_name);
  if (first == 0) first = MAX_BATCH + 1;
  if (second == 0) second = MAX_BATCH + 1;
  if (first != second) return first < second ? -1 : 1;
  return strcmp((*a)->d_name, (*b)->d_name);
}

/* A set's file, or its twin that is compressed. PATHS has room for one name more. */
static Status take(CifarPaths *paths, const char *name, int *last_number) {
  int number = batch_number(name), is_twin = number == *last_number;
  char *path;
  *last_number = number;
  if (asprintf(&path, "%s/%s", paths->root, name) < 0) return no_memory(paths->root);
  if (number == 0)
    *(is_twin ? &paths->test_twin : &paths->test) = path;
  else if (is_twin)
    paths->twin[paths->n_train - 1] = path;
  else
    paths->train[paths->n_train++] = path;
  return status_ok();
}

static Status find_files(CifarPaths *paths, const char *folder) {
  struct dirent **entries;
  int n = scandir(folder, &entries, is_ours, compare), last_number = -1;
  if (n < 0) return status_ok();
  Status status =
      n ? memory_allocate(&paths->train, (size_t)n, sizeof *paths->train, folder) : status_ok();
  if (n && status.code == STATUS_OK)
    status = memory_allocate(&paths->twin, (size_t)n, sizeof *paths->twin, folder);
  for (int i = 0; i < n; i++) {
    if (status.code == STATUS_OK) status = take(paths, entries[i]->d_name, &last_number);
    free(entries[i]);
  }
  free(entries);
  return status;
}

int cifar_is_there(const CifarPaths *paths) {
  return paths->n_train > 0 || paths->test;
}

Status cifar_find(CifarPaths *paths, const char *folder) {
  *paths = (CifarPaths){.root = strdup(folder)};
  if (!paths->root) return no_memory(folder);
  TRY(find_files(paths, folder));
  for (size_t i = 0; i < sizeof SUBFOLDERS / sizeof *SUBFOLDERS && !cifar_is_there(paths); i++) {
    CifarPaths below = {0};
    if (asprintf(&below.root, "%s/%s", folder, SUBFOLDERS[i]) < 0) return no_memory(folder);
    Status status = find_files(&below, below.root);
    CifarPaths unused = cifar_is_there(&below) ? *paths : below;
    if (cifar_is_there(&below)) *paths = below;
    cifar_paths_free(&unused);
    TRY(status);
  }
  return status_ok();
}

void cifar_paths_free(CifarPaths *paths) {
  for (int i = 0; i < paths->n_train; i++) {
    free(paths->train[i]);
    free(paths->twin[i]);
  }
  free(paths->train);
  free(paths->twin);
  free(paths->test);
  free(paths->test_twin);
  free(paths->root);
  *paths = (CifarPaths){0};
}

/* The batches are 1, 2, and so on: one that is not there is missing. */
static Status check_numbers(const CifarPaths *paths) {
  for (int i = 0; i < paths->n_train; i++) {
    const char *name = strrchr(paths->train[i], '/') + 1;
    if (batch_number(name) != i + 1)
      return status_error(STATUS_FILE,
                          "%s: expected data_batch_%d.bin (plain or .gz) before %s, found none: "
                          "fetch it, or number the batches without a gap",
                          paths->root, i + 1, name);
  }
  return status_ok();
}

Status cifar_complete(const CifarPaths *paths) {
  static const char *const STEMS[] = {"data_batch_", "test_batch", NULL};
  TRY(leftover_refuse(paths->root, STEMS));
  TRY(check_numbers(paths));
  if (paths->n_train > 0 && paths->test) return status_ok();
  const char *found = paths->n_train > 0 ? paths->train[0] : paths->test;
  return status_error(STATUS_FILE,
                      "%s: expected data_batch_1.bin to data_batch_5.bin, or some of them, and "
                      "test_batch.bin (each plain or .gz), found %s%s, but %s. Give another folder "
                      "by --data DIR or NORMLAB_DATA",
                      paths->root, found ? strrchr(found, '/') + 1 : "none",
                      paths->n_train > 1 ? " and more" : "",
                      paths->n_train > 0 ? "no test_batch.bin" : "no data_batch_N.bin");
}

static Status check_total(const CifarFolder *folder, uint64_t n) {
  if (n * CIFAR_RECORD <= IDX_MAX_BYTES) return status_ok();
  return status_error(STATUS_DATA, "%s: expected at most 16 GiB of images, found %llu bytes",
                      folder->paths.root, (unsigned long long)n * CIFAR_RECORD);
}

static Status check_twins(const CifarPaths *paths) {
  for (int i = 0; i < paths->n_train; i++)
    if (paths->twin[i]) TRY(twins_check(paths->train[i], paths->twin[i]));
  return paths->test_twin ? twins_check(paths->test, paths->test_twin) : status_ok();
}

static Status check_size(const CifarFile *file, const CifarFile *whole) {
  int n = cifar_count(whole);
  if (cifar_count(file) == n) return status_ok();
  return status_error(STATUS_DATA,
                      "%s: expected %d images, as %s has, found %d: it is not whole, or not of the "
                      "same set (batches that are meant to differ can be joined to one file)",
                      cifar_path(file), n, cifar_path(whole), cifar_count(file));
}

/* The batch that all others are to be as long as: one of the published length or, of as many as are
 * published, the longest. NULL: they may differ, since they are no such set. */
static const CifarFile *whole_batch(const CifarFolder *folder) {
  int n = folder->paths.n_train;
  const CifarFile *longest = folder->train[0];
  for (int i = 0; i < n; i++) {
    if (cifar_count(folder->train[i]) == CIFAR_BATCH) return folder->train[i];
    if (cifar_count(folder->train[i]) > cifar_count(longest)) longest = folder->train[i];
  }
  return n == CIFAR_BATCHES ? longest : NULL;
}

static Status check_sizes(const CifarFolder *folder) {
  const CifarFile *whole = whole_batch(folder);
  int n = folder->paths.n_train, differ = 0;
  for (int i = 0; i < n; i++) {
    if (whole) TRY(check_size(folder->train[i], whole));
    differ |= cifar_count(folder->train[i]) != cifar_count(folder->train[0]);
  }
  if (differ)
    log_warning("%s: the batches have different numbers of images, %d in all", folder->paths.root,
                folder->n_train);
  if (!whole || cifar_count(whole) != CIFAR_BATCH) return status_ok();
  if (n < CIFAR_BATCHES)
    log_warning("%s: only %d of CIFAR-10's %d training images: there is no data_batch_%d.bin",
                folder->paths.root, n * CIFAR_BATCH, CIFAR_BATCHES * CIFAR_BATCH, n + 1);
  return n == CIFAR_BATCHES ? check_size(folder->test, whole) : status_ok();
}

static Status open_all(CifarFolder *folder, const char *path) {
  CifarPaths *paths = &folder->paths;
  TRY(cifar_find(paths, path));
  TRY(cifar_complete(paths));
  TRY(check_twins(paths));
  TRY(memory_allocate(&folder->train, (size_t)paths->n_train, sizeof *folder->train, path));
  uint64_t n = 0;
  for (int i = 0; i < paths->n_train; i++) {
    TRY(cifar_open(&folder->train[i], paths->train[i]));
    n += (uint64_t)cifar_count(folder->train[i]);
    TRY(check_total(folder, n));
  }
  folder->n_train = (int)n;
  TRY(cifar_open(&folder->test, paths->test));
  folder->n_test = cifar_count(folder->test);
  TRY(check_total(folder, n + (uint64_t)folder->n_test));
  return check_sizes(folder);
}

Status cifar_folder_open(CifarFolder *folder, const char *path) {
  *folder = (CifarFolder){0};
  Status status = open_all(folder, path);
  if (status.code != STATUS_OK) cifar_folder_close(folder);
  return status;
}

void cifar_folder_close(CifarFolder *folder) {
  for (int i = 0; folder->train && i < folder->paths.n_train; i++) cifar_close(folder->train[i]);
  free(folder->train);
  cifar_close(folder->test);
  cifar_paths_free(&folder->paths);
  *folder = (CifarFolder){0};
}

Status cifar_folder_read(CifarFolder *folder, uint8_t *train_pixels, uint8_t *train_labels,
                         uint8_t *test_pixels, uint8_t *test_labels) {
  for (int i = 0; i < folder->paths.n_train; i++) {
    size_t n = (size_t)cifar_count(folder->train[i]);
    TRY(cifar_read(folder->train[i], train_pixels, train_labels));
    train_pixels += n * CIFAR_PIXELS;
    train_labels += n;
  }
  return cifar_read(folder->test, test_pixels, test_labels);
}

Status cifar_check_contrast(const CifarPaths *paths, const double *deviation) {
  static const char *const colours[CIFAR_CHANNELS] = {"red", "green", "blue"};
  for (int c = 0; c < CIFAR_CHANNELS; c++)
    if (!(deviation[c] > 0))
      return status_error(STATUS_DATA,
                          "%s: byte %d: expected images, found the same %s in every pixel of the "
                          "train set",
                          paths->train[0], 1 + c * CIFAR_SIDE * CIFAR_SIDE, colours[c]);
  return status_ok();
}
