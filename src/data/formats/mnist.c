#include "../file_write.h"
#include "../imported_note.h"
#include "../mnist_names.h"
#include "base/log.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/folder.h"
#include "data/format.h"
#include "data_threads.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status find(DataPlace *place, const char *folder) {
  FolderPaths paths;
  Status status = folder_find(&paths, folder);
  place->is_below = paths.root && strcmp(paths.root, folder) != 0;
  for (int i = 0; i < FOLDER_FILES && !place->file; i++) {
    place->file = paths.path[i];
    paths.path[i] = NULL;
  }
  folder_paths_free(&paths);
  return status;
}

static Status look(ImageShape *shape, const char *path) {
  Folder folder;
  TRY(folder_open(&folder, path));
  IdxShape images = idx_shape(folder.file[TRAIN_IMAGES]);
  folder_close(&folder);
  *shape = (ImageShape){1, images.h, images.w};
  return status_ok();
}

/* Of the train set. The labels are read again with the images. */
static Status count_classes(int *n_classes, const Folder *folder) {
  IdxFile *file;
  uint8_t *labels;
  const size_t n = (size_t)idx_shape(folder->file[TRAIN_LABELS]).n;
  int largest = 1;
  TRY(memory_allocate(&labels, n, 1, "labels"));
  Status status = folder_open_file(&file, &folder->paths, TRAIN_LABELS);
  if (status.code == STATUS_OK) {
    status = idx_read(file, labels);
    idx_close(file);
  }
  for (size_t i = 0; i < n; i++)
    if (labels[i] > largest) largest = labels[i];
  free(labels);
  *n_classes = largest + 1;
  return status;
}

static Status open_folder(DataSource *source, const char *path) {
  Folder *folder;
  int n_classes = 0;
  TRY(memory_allocate(&folder, 1, sizeof *folder, path));
  Status status = folder_open(folder, path);
  if (status.code == STATUS_OK) {
    status = count_classes(&n_classes, folder);
    if (status.code != STATUS_OK) folder_close(folder);
  }
  if (status.code != STATUS_OK) {
    free(folder);
    return status;
  }
  IdxShape train = idx_shape(folder->file[TRAIN_IMAGES]);
  *source = (DataSource){.n_train = train.n,
                         .n_test = idx_shape(folder->file[TEST_IMAGES]).n,
                         .n_classes = n_classes,
                         .shape = {1, train.h, train.w},
                         .handle = folder};
  return status_ok();
}

/* Reads all files, each by one thread, as to decompress them takes most of the time of a start. Of
 * several failures it returns that of the first file. */
static Status read_files(uint8_t *const items[FOLDER_FILES], const IdxShape shape[FOLDER_FILES],
                         const Folder *folder, int *n_published) {
  Status status[FOLDER_FILES];
  int is_published[FOLDER_FILES] = {0};
#pragma omp parallel for schedule(dynamic, 1) num_threads(data_threads(FOLDER_FILES))
  for (int i = 0; i < FOLDER_FILES; i++) {
    status[i] = idx_read(folder->file[i], items[i]);
    if (status[i].code == STATUS_OK) is_published[i] = folder_is_published(i, shape[i], items[i]);
  }
  *n_published = 0;
  for (int i = 0; i < FOLDER_FILES; i++) {
    TRY(status[i]);
    *n_published += is_published[i];
  }
  return status_ok();
}

/* By the check sums of the files or, as they do not know it, by what the folder says. */
static Status name_set(DataTarget *target, const DataSource *source, const ImportedNote *note,
                       int is_published) {
  const char *name[DATA_CLASSES];
  if (is_published)
    snprintf(target->title, sizeof target->title, "MNIST");
  else if (*note->name)
    snprintf(target->title, sizeof target->title, "%s", note->name);
  else /* of what it is a part, if of anything, nothing tells */
    data_title(target, "MNIST format", source, NULL);
  target->fit = note->fit;
  if (note->n_classes == 0) return is_published ? data_name_digits(target) : status_ok();
  for (int k = 0; k < target->n_classes; k++) name[k] = note->class_name[k];
  return data_name_classes(target, name);
}

static Status find_names(DataTarget *target, const DataSource *source, int is_published) {
  ImportedNote *note;
  TRY(memory_allocate(&note, 1, sizeof *note, "names of classes"));
  Status status = mnist_names(note, target->source, (DataCounts){source->n_train, source->n_test},
                              target->n_classes);
  if (status.code == STATUS_OK) status = name_set(target, source, note, is_published);
  free(note);
  return status;
}

static Status read_folder(DataTarget *target, DataSource *source) {
  Folder *folder = source->handle;
  uint8_t *const items[FOLDER_FILES] = {[TRAIN_IMAGES] = target->train_pixels,
                                        [TRAIN_LABELS] = target->train_labels,
                                        [TEST_IMAGES] = target->test_pixels,
                                        [TEST_LABELS] = target->test_labels};
  IdxShape shape[FOLDER_FILES];
  int n_published;
  for (int i = 0; i < FOLDER_FILES; i++) shape[i] = idx_shape(folder->file[i]);
  TRY(read_files(items, shape, folder, &n_published));
  TRY(folder_check_labels(&target->n_classes, &folder->paths, shape, target->train_labels,
                          target->test_labels));
  snprintf(target->source, sizeof target->source, "%s", folder->paths.root);
  return find_names(target, source, n_published == FOLDER_FILES);
}

static Status check(const DataSource *source, const double *deviation) {
  const Folder *folder = source->handle;
  return folder_check_contrast(&folder->paths, deviation[0]);
}

static void close_folder(DataSource *source) {
  folder_close(source->handle);
  free(source->handle);
}

/* What the new folder's name does not say any more is written there. */
static Status rewrite_names(const char *out, const DataSource *source) {
  const Folder *folder = source->handle;
  ImportedNote *note;
  TRY(memory_allocate(&note, 1, sizeof *note, "names of classes"));
  Status status = mnist_names(note, folder->paths.root,
                              (DataCounts){source->n_train, source->n_test}, source->n_classes);
  if (status.code == STATUS_OK && note->n_classes > 0) status = named_write(note, out);
  free(note);
  return status;
}

/* Each file by the name that it has in the source. */
static Status rewrite(const char *out, const DataSource *source, const ImageSet *test) {
  const Folder *folder = source->handle;
  Status status = status_ok();
  for (int i = 0; i < FOLDER_FILES && status.code == STATUS_OK; i++) {
    const char *from = folder->paths.path[i];
    char *to;
    if (asprintf(&to, "%s/%s", out, strrchr(from, '/') + 1) < 0)
      return status_error(STATUS_MEMORY, "%s: no memory for names of files", out);
    status = i == TEST_IMAGES ? idx_write(to, idx_shape(folder->file[i]), test->pixels,
                                          idx_is_gzip(folder->file[i]))
                              : file_link(from, to);
    free(to);
  }
  return status.code == STATUS_OK ? rewrite_names(out, source) : status;
}

/* All that describe knows of the files; a file's items are NULL if it cannot be used. */
typedef struct Contents {
  FolderPaths paths;
  IdxShape shape[FOLDER_FILES];
  uint8_t *items[FOLDER_FILES];
  int is_gzip[FOLDER_FILES], is_published[FOLDER_FILES];
  Status status[FOLDER_FILES];
  ImportedNote note;
} Contents;

static Status read_file(Contents *contents, int i) {
  if (!contents->paths.path[i]) return status_error(STATUS_FILE, "missing");
  IdxFile *file;
  TRY(folder_open_file(&file, &contents->paths, i));
  contents->shape[i] = idx_shape(file);
  contents->is_gzip[i] = idx_is_gzip(file);
  uint8_t *items;
  Status status =
      memory_allocate(&items, idx_bytes(contents->shape[i]), 1, contents->paths.path[i]);
  if (status.code == STATUS_OK) status = idx_read(file, items);
  idx_close(file);
  if (status.code != STATUS_OK) {
    free(items);
    return status;
  }
  contents->items[i] = items;
  contents->is_published[i] = folder_is_published(i, contents->shape[i], items);
  return status;
}

static void print_file(const Contents *contents, int i) {
  char *missing = folder_path("", i, 0);
  const char *path = contents->paths.path[i] ? contents->paths.path[i] : missing;
  const char *slash = path ? strrchr(path, '/') : NULL;
  printf("%-28s", slash ? slash + 1 : "");
  free(missing);
  IdxShape shape = contents->shape[i];
  char size[32] = "";
  if (shape.n_dims == 3) snprintf(size, sizeof size, "%d x %d", shape.h, shape.w);
  if (contents->items[i])
    printf("  %-6s  %9d %-6s  %-11s  %s\n", contents->is_gzip[i] ? "gzip" : "plain", shape.n,
           shape.n_dims == 3 ? "images" : "labels", size,
           contents->is_published[i] ? "published MNIST" : "other");
  else
    printf("  %s\n", contents->paths.path[i] ? "cannot be used" : "missing");
}

static ImageSet image_set(const Contents *contents, int images) {
  IdxShape shape = contents->shape[images];
  return (ImageSet){.n = shape.n,
                    .c = 1,
                    .h = shape.h,
                    .w = shape.w,
                    .pixels = contents->items[images],
                    .labels = contents->items[images + 1]};
}

/* Prints all failures but the first, which is returned. */
static Status first_failure(const Contents *contents) {
  Status first = folder_complete(&contents->paths);
  for (int i = 0; i < FOLDER_FILES; i++) {
    if (!contents->paths.path[i] || contents->status[i].code == STATUS_OK) continue;
    if (first.code == STATUS_OK)
      first = contents->status[i];
    else
      log_error("%s", contents->status[i].text);
  }
  return first;
}

static Status describe_contents(Contents *contents, const char *folder) {
  TRY(folder_find(&contents->paths, folder));
  printf("%s\n\n", contents->paths.root);
  int n_published = 0;
  for (int i = 0; i < FOLDER_FILES; i++) {
    contents->status[i] = read_file(contents, i);
    print_file(contents, i);
    n_published += contents->is_published[i];
  }
  TRY(first_failure(contents));
  Folder whole; /* as training would open it */
  TRY(folder_open(&whole, folder));
  folder_close(&whole);
  int n_classes;
  TRY(folder_check_labels(&n_classes, &contents->paths, contents->shape,
                          contents->items[TRAIN_LABELS], contents->items[TEST_LABELS]));
  ImageSet train = image_set(contents, TRAIN_IMAGES), test = image_set(contents, TEST_IMAGES);
  const char *name[DATA_CLASSES];
  ImportedNote *note = &contents->note;
  TRY(mnist_names(note, contents->paths.root, (DataCounts){train.n, test.n}, n_classes));
  for (int k = 0; k < note->n_classes; k++) name[k] = note->class_name[k];
  data_print_classes(&train, &test, n_classes, note->n_classes ? name : NULL);
  double mean[4], deviation[4];
  dataset_moments(mean, deviation, &train);
  TRY(folder_check_contrast(&contents->paths, deviation[0]));
  data_print_moments(mean, deviation, 1);
  printf("%s\n", n_published == FOLDER_FILES ? "This is the published MNIST."
                                             : "This is not the published MNIST.");
  if (*note->name) printf("By what its folder says it is %s.\n", note->name);
  return status_ok();
}

static Status describe(const char *folder) {
  Contents *contents;
  TRY(memory_allocate(&contents, 1, sizeof *contents, folder));
  Status status = describe_contents(contents, folder);
  folder_paths_free(&contents->paths);
  for (int i = 0; i < FOLDER_FILES; i++) free(contents->items[i]);
  free(contents);
  return status;
}

const DataFormat FORMAT_mnist = {
    .name = "mnist",
    .title = "MNIST",
    .files = "train-images-idx3-ubyte and so on",
    .about = "A folder in the format of MNIST holds train-images-idx3-ubyte, "
             "train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each "
             "plain or gzip-compressed (.gz); where both are, they must be the same. Or a folder "
             "mnist or MNIST/raw below it does.",
    .usual = {1, 28, 28},
    .find = find,
    .look = look,
    .open = open_folder,
    .read = read_folder,
    .check = check,
    .close = close_folder,
    .rewrite = rewrite,
    .describe = describe};
