#include "../file_write.h"
#include "base/log.h"
#include "base/memory.h"
#include "data/cifar_folder.h"
#include "data/dataset.h"
#include "data/format.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Status find(DataPlace *place, const char *folder) {
  CifarPaths paths;
  TRY(cifar_find(&paths, folder));
  const char *file = paths.n_train > 0 ? paths.train[0] : paths.test;
  Status status = status_ok();
  place->is_below = strcmp(paths.root, folder) != 0;
  if (file) place->file = strdup(file);
  if (file && !place->file)
    status = status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
  cifar_paths_free(&paths);
  return status;
}

static Status look(ImageShape *shape, const char *folder) {
  CifarPaths paths;
  Status status = cifar_find(&paths, folder);
  if (status.code == STATUS_OK) status = cifar_complete(&paths);
  cifar_paths_free(&paths);
  *shape = (ImageShape){CIFAR_CHANNELS, CIFAR_SIDE, CIFAR_SIDE};
  return status;
}

static Status open_folder(DataSource *source, const char *path) {
  CifarFolder *folder;
  TRY(memory_allocate(&folder, 1, sizeof *folder, path));
  Status status = cifar_folder_open(folder, path);
  if (status.code != STATUS_OK) {
    free(folder);
    return status;
  }
  *source = (DataSource){.n_train = folder->n_train,
                         .n_test = folder->n_test,
                         .n_classes = CIFAR_CLASSES,
                         .shape = {CIFAR_CHANNELS, CIFAR_SIDE, CIFAR_SIDE},
                         .handle = folder};
  return status_ok();
}

/* The published set's numbers of images. */
static const DataCounts PUBLISHED = {CIFAR_BATCHES * CIFAR_BATCH, CIFAR_BATCH};

static Status read_folder(DataTarget *target, DataSource *source) {
  CifarFolder *folder = source->handle;
  TRY(cifar_folder_read(folder, target->train_pixels, target->train_labels, target->test_pixels,
                        target->test_labels));
  target->n_classes = CIFAR_CLASSES;
  snprintf(target->source, sizeof target->source, "%s", folder->paths.root);
  int has_whole_batches = source->n_train % CIFAR_BATCH == 0;
  data_title(target, "CIFAR-10 format", source, has_whole_batches ? &PUBLISHED : NULL);
  target->fit = FIT_CROP;
  CifarNames names;
  const char *name[CIFAR_CLASSES];
  TRY(cifar_names(&names, &folder->paths, source->n_train));
  for (int k = 0; k < CIFAR_CLASSES; k++) name[k] = names.name[k];
  return names.is_known ? data_name_classes(target, name) : status_ok();
}

static Status check(const DataSource *source, const double *deviation) {
  const CifarFolder *folder = source->handle;
  return cifar_check_contrast(&folder->paths, deviation);
}

static void close_folder(DataSource *source) {
  cifar_folder_close(source->handle);
  free(source->handle);
}

static Status write_records(const char *path, const ImageSet *set, int gzip) {
  uint8_t *records;
  TRY(memory_allocate(&records, (size_t)set->n, CIFAR_RECORD, path));
  for (size_t i = 0; i < (size_t)set->n; i++) {
    records[i * CIFAR_RECORD] = set->labels[i];
    memcpy(records + i * CIFAR_RECORD + 1, set->pixels + i * CIFAR_PIXELS, CIFAR_PIXELS);
  }
  const FilePart part = {records, (size_t)set->n * CIFAR_RECORD};
  Status status = file_write(path, &part, 1, gzip);
  free(records);
  return status;
}

/* The names of the classes, where there is a file of them. */
static Status link_names(const char *out, const char *root) {
  char *from, *to;
  if (asprintf(&from, "%s/" CIFAR_NAMES, root) < 0)
    return status_error(STATUS_MEMORY, "%s: no memory for names of files", out);
  Status status = status_ok();
  if (access(from, F_OK) == 0) {
    if (asprintf(&to, "%s/" CIFAR_NAMES, out) < 0) {
      free(from);
      return status_error(STATUS_MEMORY, "%s: no memory for names of files", out);
    }
    status = file_link(from, to);
    free(to);
  }
  free(from);
  return status;
}

/* Each file by the name that it has in the source. */
static Status rewrite(const char *out, const DataSource *source, const ImageSet *test) {
  const CifarFolder *folder = source->handle;
  const int n_train = folder->paths.n_train;
  Status status = status_ok();
  for (int i = 0; i <= n_train && status.code == STATUS_OK; i++) {
    const char *from = i < n_train ? folder->paths.train[i] : folder->paths.test;
    char *to;
    if (asprintf(&to, "%s/%s", out, strrchr(from, '/') + 1) < 0)
      return status_error(STATUS_MEMORY, "%s: no memory for names of files", out);
    status =
        i < n_train ? file_link(from, to) : write_records(to, test, cifar_is_gzip(folder->test));
    free(to);
  }
  return status.code == STATUS_OK ? link_names(out, folder->paths.root) : status;
}

/* Images read so far. */
typedef struct CifarImages {
  ImageSet set;
  uint8_t *pixels, *labels;
} CifarImages;

static Status add_file(CifarImages *images, CifarFile *file) {
  size_t n = (size_t)images->set.n, more = (size_t)cifar_count(file);
  uint8_t *pixels = realloc(images->pixels, (n + more) * CIFAR_PIXELS);
  if (pixels) images->pixels = pixels;
  uint8_t *labels = realloc(images->labels, n + more);
  if (labels) images->labels = labels;
  if (!pixels || !labels)
    return status_error(STATUS_MEMORY, "%s: no memory for %zu images", cifar_path(file), more);
  TRY(cifar_read(file, pixels + n * CIFAR_PIXELS, labels + n));
  images->set = (ImageSet){.n = (int)(n + more),
                           .c = CIFAR_CHANNELS,
                           .h = CIFAR_SIDE,
                           .w = CIFAR_SIDE,
                           .pixels = pixels,
                           .labels = labels};
  return status_ok();
}

/* Reads a file and prints a line about it. A failure is kept if it is the first. */
static void describe_file(CifarImages *images, const char *path, Status *first) {
  CifarFile *file;
  Status status = cifar_open(&file, path);
  if (status.code == STATUS_OK) status = add_file(images, file);
  printf("%-28s", strrchr(path, '/') + 1);
  if (status.code == STATUS_OK)
    printf("  %-6s  %9d images  %d x %d x %d\n", cifar_is_gzip(file) ? "gzip" : "plain",
           cifar_count(file), CIFAR_CHANNELS, CIFAR_SIDE, CIFAR_SIDE);
  else
    printf("  cannot be used\n");
  cifar_close(file);
  if (status.code == STATUS_OK) return;
  if (first->code == STATUS_OK)
    *first = status;
  else
    log_error("%s", status.text);
}

static Status describe_contents(const char *folder, const CifarPaths *paths, CifarImages *train,
                                CifarImages *test) {
  printf("%s\n\n", paths->root);
  Status first = cifar_complete(paths);
  for (int i = 0; i < paths->n_train; i++) describe_file(train, paths->train[i], &first);
  if (paths->test) describe_file(test, paths->test, &first);
  TRY(first);
  CifarFolder whole; /* as training would open it */
  TRY(cifar_folder_open(&whole, folder));
  cifar_folder_close(&whole);
  CifarNames names;
  const char *name[CIFAR_CLASSES];
  TRY(cifar_names(&names, paths, train->set.n));
  for (int k = 0; k < CIFAR_CLASSES; k++) name[k] = names.name[k];
  data_print_classes(&train->set, &test->set, CIFAR_CLASSES, names.is_known ? name : NULL);
  double mean[4], deviation[4];
  dataset_moments(mean, deviation, &train->set);
  TRY(cifar_check_contrast(paths, deviation));
  data_print_moments(mean, deviation, CIFAR_CHANNELS);
  printf("This has the format of CIFAR-10; whether it is the published one is not known.\n");
  return status_ok();
}

static Status describe(const char *folder) {
  CifarPaths paths;
  CifarImages train = {0}, test = {0};
  Status status = cifar_find(&paths, folder);
  if (status.code == STATUS_OK) status = describe_contents(folder, &paths, &train, &test);
  cifar_paths_free(&paths);
  free(train.pixels);
  free(train.labels);
  free(test.pixels);
  free(test.labels);
  return status;
}

const DataFormat FORMAT_cifar10 = {
    .name = "cifar10",
    .title = "CIFAR-10",
    .files = "data_batch_1.bin and so on",
    .about =
        "A folder in the format of CIFAR-10's binary version holds data_batch_1.bin and so on, "
        "and test_batch.bin, each plain or gzip-compressed (.gz). Or a folder "
        "cifar-10-batches-bin or cifar10 below it does.",
    .usual = {CIFAR_CHANNELS, CIFAR_SIDE, CIFAR_SIDE},
    .find = find,
    .look = look,
    .open = open_folder,
    .read = read_folder,
    .check = check,
    .close = close_folder,
    .rewrite = rewrite,
    .describe = describe};
