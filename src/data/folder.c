#include "data/folder.h"

#include "data/format.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

static const struct {
  const char *stem;
  int dimensions;
  uint64_t published; /* XXH3 of the uncompressed file */
} files[FOLDER_FILES] = {[TRAIN_IMAGES] = {"train-images", 3, 0x59bf22c057c52478},
                         [TRAIN_LABELS] = {"train-labels", 1, 0x8839fd1c4bb36825},
                         [TEST_IMAGES] = {"t10k-images", 3, 0x6aa8aa9c0102c17c},
                         [TEST_LABELS] = {"t10k-labels", 1, 0x63c4bd8be7e7204f}};

char *folder_path(const char *folder, int file, int spelling) {
  char *path;
  int n = asprintf(&path, "%s/%s%cidx%d-ubyte%s", folder, files[file].stem,
                   spelling % 2 ? '.' : '-', files[file].dimensions, spelling >= 2 ? ".gz" : "");
  return n < 0 ? NULL : path;
}

static Status no_memory(const char *folder) {
  return status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
}

/* A link to nowhere counts as there: opening it says what is wrong. */
static Status find_file(char **found, const char *folder, int file) {
  for (int spelling = 0; spelling < FOLDER_SPELLINGS; spelling++) {
    char *path = folder_path(folder, file, spelling);
    if (!path) return no_memory(folder);
    struct stat about;
    if (lstat(path, &about) == 0) {
      *found = path;
      return status_ok();
    }
    int error = errno;
    free(path);
    if (error != ENOENT && error != ENOTDIR)
      return status_errno(STATUS_FILE, error, "%s: cannot look into this folder", folder);
  }
  return status_ok();
}

/* Sets *any to whether one of the files is there. */
static Status find_files(FolderPaths *paths, int *any) {
  *any = 0;
  for (int i = 0; i < FOLDER_FILES; i++) {
    TRY(find_file(&paths->path[i], paths->root, i));
    if (paths->path[i]) *any = 1;
  }
  return status_ok();
}

Status folder_find(FolderPaths *paths, const char *folder) {
  *paths = (FolderPaths){.root = strdup(folder)};
  if (!paths->root) return no_memory(folder);
  struct stat about;
  if (stat(folder, &about) != 0)
    return status_errno(STATUS_FILE, errno,
                        "%s: no data folder (give one by --data DIR or NORMLAB_DATA, or make one: "
                        "normlab data synthesize DIR)",
                        folder);
  if (!S_ISDIR(about.st_mode))
    return status_error(STATUS_FILE, "%s: expected a folder with data, found a file", folder);
  int any;
  TRY(find_files(paths, &any));
  if (any) return status_ok();
  char *below;
  if (asprintf(&below, "%s/mnist", folder) < 0) return no_memory(folder);
  FolderPaths inner = {.root = below};
  Status status = status_ok();
  if (stat(below, &about) == 0 && S_ISDIR(about.st_mode)) status = find_files(&inner, &any);
  FolderPaths *unused = any ? paths : &inner;
  folder_paths_free(unused);
  if (any) *paths = inner;
  return status;
}

void folder_paths_free(FolderPaths *paths) {
  free(paths->root);
  for (int i = 0; i < FOLDER_FILES; i++) free(paths->path[i]);
  *paths = (FolderPaths){0};
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static void append(char *text, size_t bytes, const char *piece) {
  size_t used = strlen(text);
  snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", piece);
}

static void list_folder(char *text, size_t bytes, const char *folder) {
  enum { SHOWN = 4 };
  struct dirent **entries;
  int n = scandir(folder, &entries, is_visible, alphasort);
  for (int i = 0; i < n; i++) {
    if (i < SHOWN) append(text, bytes, entries[i]->d_name);
    free(entries[i]);
  }
  if (n >= 0) free(entries);
  if (n > SHOWN) append(text, bytes, "...");
  if (n == 0) append(text, bytes, "an empty folder");
}

Status folder_complete(const FolderPaths *paths) {
  char expected[256] = "", found[320] = "", others[256];
  int n_found = 0;
  for (int i = 0; i < FOLDER_FILES; i++) {
    char name[64];
    snprintf(name, sizeof name, "%s-idx%d-ubyte", files[i].stem, files[i].dimensions);
    append(expected, sizeof expected, name);
    if (!paths->path[i]) continue;
    n_found++;
    append(found, sizeof found, strrchr(paths->path[i], '/') + 1);
  }
  if (n_found == FOLDER_FILES) return status_ok();
  if (n_found == 0) list_folder(found, sizeof found, paths->root);
  data_format_others(others, sizeof others);
  return status_error(STATUS_FILE,
                      "%s: expected %s (each plain or .gz%s), found %s. Give another folder by "
                      "--data DIR or NORMLAB_DATA, or make one: normlab data synthesize DIR",
                      paths->root, expected, others, found);
}

Status folder_open_file(IdxFile **file, const FolderPaths *paths, int which) {
  return files[which].dimensions == 3 ? idx_open_images(file, paths->path[which])
                                      : idx_open_labels(file, paths->path[which]);
}

static Status open_all(Folder *folder, const char *path) {
  TRY(folder_find(&folder->paths, path));
  TRY(folder_complete(&folder->paths));
  IdxShape shape[FOLDER_FILES];
  for (int i = 0; i < FOLDER_FILES; i++) {
    TRY(folder_open_file(&folder->file[i], &folder->paths, i));
    shape[i] = idx_shape(folder->file[i]);
  }
  return folder_check_shapes(&folder->paths, shape);
}

Status folder_open(Folder *folder, const char *path) {
  *folder = (Folder){0};
  Status status = open_all(folder, path);
  if (status.code != STATUS_OK) folder_close(folder);
  return status;
}

void folder_close(Folder *folder) {
  for (int i = 0; i < FOLDER_FILES; i++) idx_close(folder->file[i]);
  folder_paths_free(&folder->paths);
  *folder = (Folder){0};
}

Status folder_check_shapes(const FolderPaths *paths, const IdxShape *shape) {
  for (int i = TRAIN_IMAGES; i < FOLDER_FILES; i += 2)
    if (shape[i].n != shape[i + 1].n)
      return status_error(STATUS_DATA,
                          "%s: byte 4: expected %d labels, as many as %s has images, found %d",
                          paths->path[i + 1], shape[i].n, paths->path[i], shape[i + 1].n);
  IdxShape train = shape[TRAIN_IMAGES], test = shape[TEST_IMAGES];
  if (train.h != test.h || train.w != test.w)
    return status_error(
        STATUS_DATA, "%s: byte 8: expected images of %d x %d pixels, as in %s, found %d x %d",
        paths->path[TEST_IMAGES], train.h, train.w, paths->path[TRAIN_IMAGES], test.h, test.w);
  return status_ok();
}

Status folder_check_labels(int *n_classes, const FolderPaths *paths, const IdxShape *shape,
                           const uint8_t *train_labels, const uint8_t *test_labels) {
  int largest = 1;
  for (int i = 0; i < shape[TRAIN_LABELS].n; i++)
    if (train_labels[i] > largest) largest = train_labels[i];
  for (int i = 0; i < shape[TEST_LABELS].n; i++)
    if (test_labels[i] > largest)
      return status_error(
          STATUS_DATA, "%s: byte %zu: expected a label of 0 .. %d, as in %s, found %d",
          paths->path[TEST_LABELS], idx_header_bytes(shape[TEST_LABELS]) + (size_t)i, largest,
          paths->path[TRAIN_LABELS], test_labels[i]);
  *n_classes = largest + 1;
  return status_ok();
}

Status folder_check_contrast(const FolderPaths *paths, double deviation) {
  if (deviation > 0) return status_ok();
  return status_error(STATUS_DATA, "%s: byte %d: expected images, found the same in every pixel",
                      paths->path[TRAIN_IMAGES], IDX_HEADER);
}

int folder_is_published(int which, IdxShape shape, const uint8_t *items) {
  XXH3_state_t *state = XXH3_createState();
  if (!state) return 0;
  uint8_t header[IDX_HEADER];
  idx_header(header, shape);
  XXH3_64bits_reset(state);
  XXH3_64bits_update(state, header, idx_header_bytes(shape));
  XXH3_64bits_update(state, items, idx_bytes(shape));
  uint64_t hash = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return hash == files[which].published;
}
