#include "imported_note.h"
#include "picture.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "file_write.h"
#include "import_files.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is to be written. Images and labels are those of the train set, then those of the test set.
 */
typedef struct Import {
  ImportedNote note;
  ImportFiles files;
  uint8_t *pixels; /* [n][c h w] */
  uint8_t *labels; /* [n] */
  int n_train, n_resized, is_gray;
} Import;

static void swap(ImportFile *a, ImportFile *b) {
  const ImportFile kept = *a;
  *a = *b;
  *b = kept;
}

/* All in an order by chance (Fisher and Yates's shuffle), so that any part of a set has all
 * classes; then the first ones of each class are for the test, unless the folder says which. */
static void draw_split(Import *import, const ImportPlan *plan) {
  ImportFiles *files = &import->files;
  RandomStream stream = random_stream(plan->seed, RANDOM_IMPORT, 0);
  int left[DATA_CLASSES] = {0};
  for (int i = 0; i < files->n; i++) left[files->file[i].label]++;
  for (int k = 0; k < files->n_classes; k++) {
    const int n = (int)lround(plan->test_share * left[k]);
    left[k] = n < left[k] ? n : left[k] - 1;
  }
  for (int i = files->n - 1; i > 0; i--)
    swap(&files->file[i], &files->file[random_below(&stream, (uint32_t)i + 1)]);
  for (int i = 0; i < files->n && !files->is_split; i++)
    files->file[i].is_test = left[files->file[i].label]-- > 0;
  for (int i = 0; i < files->n; i++)
    if (!files->file[i].is_test) swap(&files->file[i], &files->file[import->n_train++]);
}

static Status check_sets(const Import *import, const ImportPlan *plan) {
  if (import->n_train < import->files.n && import->n_train > 0) return status_ok();
  return status_error(STATUS_DATA, "%s: expected pictures to train and to test, found %d to %s",
                      plan->from, import->files.n,
                      import->n_train ? "train alone: give a larger --share" : "test alone");
}

static Status read_one(Import *import, int i) {
  const ImageShape shape = import->note.shape;
  const ImportFile *file = &import->files.file[i];
  const size_t bytes = (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
  Picture picture;
  Status status = picture_read(&picture, file->path);
  import->labels[i] = (uint8_t)file->label;
  if (status.code == STATUS_OK) {
    import->is_gray &= picture.is_gray;
    import->n_resized += picture.rows != shape.h || picture.columns != shape.w;
    status = picture_fit(import->pixels + (size_t)i * bytes, shape.c, shape.h, shape.w,
                         import->note.fit, &picture, file->path);
  }
  picture_free(&picture);
  return status;
}

/* Of gray pictures the three channels are the same: one is kept. */
static void keep_one_channel(Import *import) {
  ImageShape *shape = &import->note.shape;
  const size_t plane = (size_t)shape->h * (size_t)shape->w;
  for (size_t i = 1; i < (size_t)import->files.n; i++)
    memmove(import->pixels + i * plane, import->pixels + 3 * i * plane, plane);
  shape->c = 1;
}

static Status read_all(Import *import, const ImportPlan *plan) {
  ImageShape *shape = &import->note.shape;
  const int n = import->files.n, is_open = plan->shape.c == 0;
  *shape = plan->shape;
  if (is_open) shape->c = plan->fit == FIT_DIGIT ? 1 : 3;
  if (shape->c == 3 && plan->fit == FIT_DIGIT)
    return status_error(STATUS_USAGE, "data import: --fit digit: expected --input of 1 channel");
  if (shape->c != 1 && shape->c != 3)
    return status_error(STATUS_USAGE, "data import: --input: expected 1 or 3 channels, found %d",
                        shape->c);
  if (3 * shape->h > IDX_MAX_SIDE || shape->w > IDX_MAX_SIDE)
    return status_error(STATUS_USAGE,
                        "data import: --input: expected at most %d rows and %d columns",
                        IDX_MAX_SIDE / 3, IDX_MAX_SIDE);
  const size_t bytes = (size_t)shape->c * (size_t)shape->h * (size_t)shape->w;
  if ((uint64_t)n * bytes > IDX_MAX_BYTES)
    return status_error(STATUS_DATA, "%s: expected at most 16 GiB of images, found %d of %zu bytes",
                        plan->from, n, bytes);
  TRY(memory_allocate(&import->pixels, (size_t)n, bytes, "images"));
  TRY(memory_allocate(&import->labels, (size_t)n, 1, "labels"));
  import->is_gray = 1;
  for (int i = 0; i < n; i++) TRY(read_one(import, i));
  if (shape->c == 3 && is_open && import->is_gray) keep_one_channel(import);
  return status_ok();
}

static Status write_files(const Import *import, const char *folder) {
  const ImageShape shape = import->note.shape;
  const size_t bytes = (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
  for (int i = 0; i < IMPORTED_FILES; i++) {
    const int is_test = i / 2, first = is_test ? import->n_train : 0;
    const int n = is_test ? import->files.n - first : import->n_train;
    const IdxShape idx =
        i % 2 ? (IdxShape){1, n, 1, 1} : (IdxShape){3, n, shape.c * shape.h, shape.w};
    char *path;
    if (asprintf(&path, "%s/%s", folder, IMPORTED_NAMES[i]) < 0)
      return status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
    Status status = idx_write(
        path, idx, i % 2 ? import->labels + first : import->pixels + (size_t)first * bytes, 0);
    free(path);
    TRY(status);
  }
  TRY(imported_write(&import->note, folder));
  return folder_sync(folder);
}

static void remove_files(const char *folder) {
  const int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int i = 0; i < IMPORTED_FILES && handle >= 0; i++) unlinkat(handle, IMPORTED_NAMES[i], 0);
  if (handle >= 0) unlinkat(handle, IMPORTED_NOTE, 0);
  if (handle >= 0) close(handle);
  rmdir(folder);
}

/* Not every file system knows that a name must be free. */
static int rename_to_free(const char *from, const char *to) {
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  return errno == EINVAL || errno == ENOSYS ? rename(from, to) : -1;
}

static Status write_folder(const Import *import, const char *to, const char *temporary) {
  char *parent = strdup(to), *slash = parent ? strrchr(parent, '/') : NULL;
  if (!parent) return status_error(STATUS_MEMORY, "%s: no memory for names of files", to);
  if (slash) slash[slash == parent] = '\0';
  Status status = folder_make(slash ? parent : ".");
  if (status.code == STATUS_OK && mkdir(temporary, 0777) != 0)
    status = status_errno(STATUS_FILE, errno, "%s: cannot make this folder", temporary);
  else if (status.code == STATUS_OK) {
    status = write_files(import, temporary);
    if (status.code == STATUS_OK && rename_to_free(temporary, to) != 0)
      status = status_errno(STATUS_FILE, errno, "%s: cannot rename to %s", temporary, to);
    if (status.code == STATUS_OK)
      status = folder_sync(slash ? parent : ".");
    else
      remove_files(temporary);
  }
  free(parent);
  return status;
}

static const char *const FITTED[N_PICTURE_FITS] = {
    [FIT_CROP] =
        "%d of other sizes were cut in the middle to these proportions and scaled, averaged "
        "over areas or bilinear\n",
    [FIT_PAD] =
        "%d of other sizes were scaled to fit in, averaged over areas or bilinear, and laid on "
        "black\n",
    [FIT_STRETCH] = "%d of other sizes were scaled to this, averaged over areas or bilinear\n",
    [FIT_DIGIT] = "%d of other sizes; digits were put in the middle as MNIST's were\n"};

static void tell(const Import *import, const ImportPlan *plan, const char *to) {
  const ImportedNote *note = &import->note;
  printf("%s: %s, %d train + %d test images of %d x %d x %d in %d classes\n", to, note->name,
         import->n_train, import->files.n - import->n_train, note->shape.c, note->shape.h,
         note->shape.w, note->n_classes);
  printf(FITTED[note->fit], import->n_resized);
  if (import->files.is_split)
    printf("split as the folders train and test have it, in an order drawn by seed %" PRIu64 "\n",
           plan->seed);
  else
    printf("%g %% of each class to test, drawn by seed %" PRIu64 " from the names in their order\n",
           100 * plan->test_share, plan->seed);
}

static Status import_to(Import *import, const ImportPlan *plan, const char *to) {
  char *temporary;
  struct stat about;
  if (lstat(to, &about) == 0)
    return status_error(STATUS_FILE, "%s: exists already; give another name, or remove it", to);
  TRY(import_files_find(&import->files, &import->note, plan->from));
  draw_split(import, plan);
  TRY(check_sets(import, plan));
  TRY(read_all(import, plan));
  if (asprintf(&temporary, "%s.%ld.tmp", to, (long)getpid()) < 0)
    return status_error(STATUS_MEMORY, "%s: no memory for names of files", to);
  Status status = write_folder(import, to, temporary);
  free(temporary);
  if (status.code == STATUS_OK) tell(import, plan, to);
  return status;
}

/* Without slashes at its end. */
static Status trimmed(char **path, const char *given) {
  size_t length = strlen(given);
  while (length > 1 && given[length - 1] == '/') length--;
  *path = strndup(given, length);
  return *path ? status_ok() : status_error(STATUS_MEMORY, "no memory for names of files");
}

static Status name_set(ImportedNote *note, const ImportPlan *plan) {
  char *from;
  TRY(trimmed(&from, plan->from));
  const char *slash = strrchr(from, '/'), *name = plan->name ? plan->name
                                                  : slash    ? slash + 1
                                                             : from;
  note->fit = plan->fit;
  const int is_fine = data_name_is_fine(name, sizeof note->name);
  if (is_fine) snprintf(note->name, sizeof note->name, "%s", name);
  free(from);
  if (is_fine) return status_ok();
  return status_error(
      STATUS_USAGE,
      "data import: the name of the set: expected UTF-8 of at most %d bytes without "
      "control characters; --name NAME gives one",
      DATA_TITLE - 1);
}

Status import_folder(const ImportPlan *plan) {
  Import *import;
  char *to;
  TRY(memory_allocate(&import, 1, sizeof *import, "names of classes"));
  Status status = name_set(&import->note, plan);
  if (status.code == STATUS_OK) status = trimmed(&to, plan->to);
  if (status.code == STATUS_OK) {
    status = import_to(import, plan, to);
    free(to);
  }
  import_files_free(&import->files);
  free(import->pixels);
  free(import->labels);
  free(import);
  return status;
}
