#include "../file_write.h"
#include "../imported_note.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/format.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const IMPORTED_NAMES[IMPORTED_FILES] = {"train-images.idx", "train-labels.idx",
                                                    "test-images.idx", "test-labels.idx"};

/* An open folder. Files stand in the order of their names: images of a set, then its labels. */
typedef struct Opened {
  ImportedNote note;
  IdxFile *file[IMPORTED_FILES];
  char folder[512];
} Opened;

static Status no_memory(const char *folder) {
  return status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
}

static Status find(DataPlace *place, const char *folder) {
  struct stat about;
  char *path;
  if (asprintf(&path, "%s/" IMPORTED_NOTE, folder) < 0) return no_memory(folder);
  if (stat(path, &about) == 0 && S_ISREG(about.st_mode))
    place->file = path;
  else
    free(path);
  return status_ok();
}

static Status look(ImageShape *shape, const char *folder) {
  ImportedNote *note;
  TRY(memory_allocate(&note, 1, sizeof *note, folder));
  Status status = imported_read(note, folder);
  *shape = note->shape;
  free(note);
  return status;
}

static Status open_file(Opened *opened, int which) {
  char *path;
  if (asprintf(&path, "%s/%s", opened->folder, IMPORTED_NAMES[which]) < 0)
    return no_memory(opened->folder);
  Status status = which % 2 ? idx_open_labels(&opened->file[which], path)
                            : idx_open_images(&opened->file[which], path);
  free(path);
  return status;
}

static Status check_file(const Opened *opened, int which) {
  const ImageShape shape = opened->note.shape;
  const IdxShape found = idx_shape(opened->file[which]),
                 first = idx_shape(opened->file[which & ~1]);
  if (which % 2 == 0 && (found.h != shape.c * shape.h || found.w != shape.w))
    return status_error(STATUS_DATA,
                        "%s: byte 8: expected %d rows (%d channels) of %d columns by " IMPORTED_NOTE
                        ", found %d of %d",
                        idx_path(opened->file[which]), shape.c * shape.h, shape.c, shape.w, found.h,
                        found.w);
  if (found.n != first.n)
    return status_error(STATUS_DATA, "%s: byte 4: expected %d labels, as many as images, found %d",
                        idx_path(opened->file[which]), first.n, found.n);
  return status_ok();
}

static void close_opened(Opened *opened) {
  for (int i = 0; i < IMPORTED_FILES; i++) idx_close(opened->file[i]);
  free(opened);
}

static Status open_all(Opened *opened, const char *folder) {
  if (snprintf(opened->folder, sizeof opened->folder, "%s", folder) >= (int)sizeof opened->folder)
    return status_error(STATUS_USAGE, "%.80s...: the path of a data folder has at most 511 bytes",
                        folder);
  TRY(imported_read(&opened->note, folder));
  for (int i = 0; i < IMPORTED_FILES; i++) {
    TRY(open_file(opened, i));
    TRY(check_file(opened, i));
  }
  return status_ok();
}

static Status open_folder(DataSource *source, const char *folder) {
  Opened *opened;
  TRY(memory_allocate(&opened, 1, sizeof *opened, folder));
  Status status = open_all(opened, folder);
  if (status.code != STATUS_OK) {
    close_opened(opened);
    return status;
  }
  *source = (DataSource){.n_train = idx_shape(opened->file[0]).n,
                         .n_test = idx_shape(opened->file[2]).n,
                         .n_classes = opened->note.n_classes,
                         .shape = opened->note.shape,
                         .handle = opened};
  return status_ok();
}

static Status check_labels(const Opened *opened, int which, const uint8_t *labels) {
  const int n = idx_shape(opened->file[which]).n;
  for (int i = 0; i < n; i++)
    if (labels[i] >= opened->note.n_classes)
      return status_error(STATUS_DATA,
                          "%s: byte %d: expected a label below %d, the classes of " IMPORTED_NOTE
                          ", found %d",
                          idx_path(opened->file[which]), 8 + i, opened->note.n_classes, labels[i]);
  return status_ok();
}

static Status read_folder(DataTarget *target, DataSource *source) {
  const Opened *opened = source->handle;
  uint8_t *const items[] = {target->train_pixels, target->train_labels, target->test_pixels,
                            target->test_labels};
  for (int i = 0; i < IMPORTED_FILES; i++) {
    TRY(idx_read(opened->file[i], items[i]));
    if (i % 2) TRY(check_labels(opened, i, items[i]));
  }
  target->n_classes = opened->note.n_classes;
  snprintf(target->source, sizeof target->source, "%s", opened->folder);
  snprintf(target->title, sizeof target->title, "%s", opened->note.name);
  target->fit = opened->note.fit;
  const char *name[DATA_CLASSES];
  for (int k = 0; k < target->n_classes; k++) name[k] = opened->note.class_name[k];
  return data_name_classes(target, name);
}

static Status check(const DataSource *source, const double *deviation) {
  const Opened *opened = source->handle;
  for (int c = 0; c < source->shape.c; c++)
    if (!(deviation[c] > 0))
      return status_error(STATUS_DATA,
                          "%s: byte %d: expected images, found the same in every pixel of channel "
                          "%d",
                          idx_path(opened->file[0]), IDX_HEADER, c);
  return status_ok();
}

static void close_folder(DataSource *source) {
  close_opened(source->handle);
}

static Status rewrite(const char *out, const DataSource *source, const ImageSet *test) {
  const Opened *opened = source->handle;
  Status status = imported_write(&opened->note, out);
  for (int i = 0; i < IMPORTED_FILES && status.code == STATUS_OK; i++) {
    char *to;
    if (asprintf(&to, "%s/%s", out, IMPORTED_NAMES[i]) < 0) return no_memory(out);
    status = i == 2 ? idx_write(to, idx_shape(opened->file[i]), test->pixels,
                                idx_is_gzip(opened->file[i]))
                    : file_link(idx_path(opened->file[i]), to);
    free(to);
  }
  return status;
}

static Status describe(const char *folder) {
  OpenDataSet open;
  ImportedNote *note;
  TRY(memory_allocate(&note, 1, sizeof *note, folder));
  Status status = dataset_open(&open, folder);
  if (status.code == STATUS_OK) status = imported_read(note, folder);
  if (status.code == STATUS_OK) {
    const char *names[DATA_CLASSES];
    for (int k = 0; k < note->n_classes; k++) names[k] = note->class_name[k];
    printf("%s\n\n%s: images of %d x %d x %d\n", folder, note->name, note->shape.c, note->shape.h,
           note->shape.w);
    data_print_classes(&open.set.train, &open.set.test, note->n_classes, names);
    data_print_moments(open.set.mean, open.set.deviation, note->shape.c);
    printf("Own images, by normlab data import.\n");
  }
  dataset_close(&open);
  free(note);
  return status;
}

const DataFormat FORMAT_images = {
    .name = "images",
    .title = "normlab data import",
    .files = IMPORTED_NOTE,
    .about = "A folder that normlab data import has made holds " IMPORTED_NOTE
             " (names and shape), train-images.idx, train-labels.idx, test-images.idx and "
             "test-labels.idx, in the format of MNIST; of colour images the rows of all channels "
             "stand one below the other.",
    .usual = {3, 32, 32},
    .find = find,
    .look = look,
    .open = open_folder,
    .read = read_folder,
    .check = check,
    .close = close_folder,
    .rewrite = rewrite,
    .describe = describe};
