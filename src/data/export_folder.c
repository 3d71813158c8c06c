#include "data/imported.h"

#include "base/memory.h"
#include "data/dataset.h"
#include "file_write.h"
#include "imported_note.h"
#include <errno.h>
#include <ftw.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Export {
  const ImportedNote *note; /* NULL: classes are called by their numbers */
  const char *to;
  int n_classes, n_digits; /* of the numbers of classes */
  uint8_t *pixels;         /* [h][w][c] of one image */
} Export;

static Status no_memory(const char *folder) {
  return status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
}

/* Not a slash: a name in images.txt may have been written by hand. */
static int is_a_name(const char *name) {
  return !strchr(name, '/') && name[0] != '.';
}

static Status class_folder(char **folder, const Export *export, const char *set, int k) {
  const char *name = export->note ? export->note->class_name[k] : NULL;
  const int length = name ? asprintf(folder, "%s/%s/%s", export->to, set, name)
                          : asprintf(folder, "%s/%s/%0*d", export->to, set, export->n_digits, k);
  if (length < 0) *folder = NULL;
  if (length < 0) return no_memory(export->to);
  if (!name || is_a_name(name)) return status_ok();
  free(*folder);
  *folder = NULL;
  return status_error(STATUS_DATA, "class %d: expected a name that a folder can have, found %.80s",
                      k, name);
}

static Status write_png(const Export *export, const ImageSet *set, const char *path) {
  png_image image = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)set->w,
                     .height = (png_uint_32)set->h,
                     .format = set->c == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
  png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
  uint8_t *memory;
  TRY(memory_allocate(&memory, bytes, 1, path));
  Status status = status_ok();
  if (!png_image_write_to_memory(&image, memory, &bytes, 0, export->pixels, 0, NULL))
    status = status_error(STATUS_MEMORY, "%s: cannot be made: %s", path, image.message);
  FILE *out = status.code == STATUS_OK ? fopen(path, "wbx") : NULL;
  if (status.code == STATUS_OK && !out)
    status = status_errno(STATUS_FILE, errno, "%s: cannot be made", path);
  if (out && (fwrite(memory, 1, bytes, out) < bytes) + (fclose(out) != 0) > 0)
    status = status_errno(STATUS_FILE, errno, "%s: cannot be written", path);
  free(memory);
  return status;
}

static Status write_image(const Export *export, const ImageSet *set, const char *name, int i) {
  const size_t plane = (size_t)set->h * (size_t)set->w, c = (size_t)set->c;
  const uint8_t *from = set->pixels + (size_t)i * c * plane;
  char *folder, *path;
  for (size_t p = 0; p < plane; p++)
    for (size_t k = 0; k < c; k++) export->pixels[p * c + k] = from[k * plane + p];
  TRY(class_folder(&folder, export, name, set->labels[i]));
  const int length = asprintf(&path, "%s/%07d.png", folder, i);
  free(folder);
  if (length < 0) return no_memory(export->to);
  Status status = write_png(export, set, path);
  free(path);
  return status;
}

static Status write_set(const Export *export, const ImageSet *set, const char *name) {
  int count[DATA_CLASSES] = {0};
  for (int i = 0; i < set->n; i++) count[set->labels[i]]++;
  for (int k = 0; k < export->n_classes; k++) {
    char *folder;
    if (!count[k]) continue;
    TRY(class_folder(&folder, export, name, k));
    Status status = folder_make(folder);
    free(folder);
    TRY(status);
  }
  for (int i = 0; i < set->n; i++) TRY(write_image(export, set, name, i));
  return status_ok();
}

static Status write_sets(Export *export, const OpenDataSet *open) {
  const ImageSet *train = &open->set.train;
  export->n_classes = open->set.n_classes;
  export->n_digits = export->n_classes > 100 ? 3 : export->n_classes > 10 ? 2 : 1;
  TRY(memory_allocate(&export->pixels, (size_t)train->c * (size_t)train->h, (size_t)train->w,
                      "an image"));
  Status status = write_set(export, train, "train");
  if (status.code == STATUS_OK) status = write_set(export, &open->set.test, "test");
  free(export->pixels);
  return status;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *place) {
  (void)about, (void)kind, (void)place;
  return remove(path);
}

/* In a folder beside it, which is renamed when all is there. */
static Status export_to(Export *export, const OpenDataSet *open, const char *to) {
  char *temporary;
  if (asprintf(&temporary, "%s.%ld.tmp", to, (long)getpid()) < 0) return no_memory(to);
  export->to = temporary;
  Status status = write_sets(export, open);
  if (status.code == STATUS_OK && rename(temporary, to) != 0)
    status = status_errno(STATUS_FILE, errno, "%s: cannot rename to %s", temporary, to);
  if (status.code != STATUS_OK) nftw(temporary, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  free(temporary);
  if (status.code == STATUS_OK)
    printf("%s: %s, %d train + %d test images as PNG files\n", to, open->set.title,
           open->set.train.n, open->set.test.n);
  return status;
}

Status export_folder(const char *from, const char *to) {
  struct stat about;
  OpenDataSet open = {0};
  ImportedNote *note;
  size_t length = strlen(to);
  while (length > 1 && to[length - 1] == '/') length--;
  char *target = strndup(to, length);
  if (!target) return no_memory(to);
  Status status = memory_allocate(&note, 1, sizeof *note, from);
  if (status.code == STATUS_OK && lstat(target, &about) == 0)
    status = status_error(STATUS_FILE, "%s: exists already; give another name, or remove it", to);
  if (status.code == STATUS_OK) status = dataset_open(&open, from);
  const int has_names = status.code == STATUS_OK && open.format == data_format_named("images");
  if (has_names) status = imported_read(note, open.set.source);
  if (status.code == STATUS_OK)
    status = export_to(&(Export){.note = has_names ? note : NULL}, &open, target);
  dataset_close(&open);
  free(note);
  free(target);
  return status;
}
