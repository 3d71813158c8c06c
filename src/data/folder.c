#include "data/folder.h"

#include "data/format.h"
#include "leftover.h"
#include "recognize.h"
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

/* The files that a name may stand for: first those in the folder, then those in folders of that
 * name, as some archives unpack to. */
enum { CANDIDATES = FOLDER_SPELLINGS + FOLDER_SPELLINGS * FOLDER_SPELLINGS };

static Status candidate(char **path, const char *folder, int file, int number) {
  int inner = number - FOLDER_SPELLINGS;
  *path = NULL;
  if (inner < 0) {
    *path = folder_path(folder, file, number);
  } else {
    char *outer = folder_path(folder, file, inner / FOLDER_SPELLINGS);
    if (outer) *path = folder_path(outer, file, inner % FOLDER_SPELLINGS);
    free(outer);
  }
  return *path ? status_ok() : no_memory(folder);
}

/* A link to nowhere counts as there: opening it says what is wrong. */
static Status look(int *is_there, int *is_folder, const char *path, const char *folder) {
  struct stat about;
  *is_there = lstat(path, &about) == 0;
  *is_folder = 0;
  if (!*is_there) {
    if (errno == ENOENT || errno == ENOTDIR) return status_ok();
    return status_errno(STATUS_FILE, errno, "%s: cannot look into this folder", folder);
  }
  *is_folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
  return status_ok();
}

/* The first candidate or, if there is none, a folder in place of it: opening it says so. */
static Status find_file(char **found, const char *folder, int file) {
  for (int i = 0; i < CANDIDATES; i++) {
    char *path;
    int is_there, is_folder;
    TRY(candidate(&path, folder, file, i));
    Status status = look(&is_there, &is_folder, path, folder);
    if (status.code == STATUS_OK && is_there && (!*found || !is_folder)) {
      free(*found);
      *found = path;
      if (!is_folder) return status;
    } else {
      free(path);
    }
    TRY(status);
  }
  return status_ok();
}

/* All other candidates have the content of the one that was found. */
static Status check_twins(const FolderPaths *paths, int file) {
  for (int i = 0; i < CANDIDATES; i++) {
    char *path;
    int is_there, is_folder;
    TRY(candidate(&path, paths->root, file, i));
    Status status = look(&is_there, &is_folder, path, paths->root);
    if (status.code == STATUS_OK && is_there && !is_folder && strcmp(path, paths->path[file]) != 0)
      status = twins_check(paths->path[file], path);
    free(path);
    TRY(status);
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

/* Where programs put the files: the first is normlab's own, the others are torchvision's. */
static const char *const SUBFOLDERS[] = {"mnist", "MNIST/raw",    "raw", "FashionMNIST/raw",
                                         "MNIST", "FashionMNIST", NULL};

/* Takes the one folder below that has any of the files. */
static Status find_below(FolderPaths *paths, const char *folder) {
  Status status = status_ok();
  FolderPaths found = {0};
  for (int i = 0; SUBFOLDERS[i] && status.code == STATUS_OK; i++) {
    FolderPaths inner = {0};
    struct stat about;
    int any = 0;
    if (asprintf(&inner.root, "%s/%s", folder, SUBFOLDERS[i]) < 0) {
      inner.root = NULL;
      status = no_memory(folder);
    } else if (stat(inner.root, &about) == 0 && S_ISDIR(about.st_mode)) {
      status = find_files(&inner, &any);
    }
    if (status.code == STATUS_OK && any && found.root)
      status = status_error(STATUS_DATA,
                            "%s: expected one data set, found %s and %s: give the folder of one of "
                            "them by --data DIR or NORMLAB_DATA",
                            folder, found.root, inner.root);
    FolderPaths unused = any && !found.root ? found : inner;
    if (any && !found.root) found = inner;
    folder_paths_free(&unused);
  }
  if (status.code == STATUS_OK && found.root) {
    folder_paths_free(paths);
    *paths = found;
  } else {
    folder_paths_free(&found);
  }
  return status;
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
  const char *what = S_ISDIR(about.st_mode) ? NULL : recognize_file(folder);
  if (!S_ISDIR(about.st_mode))
    return status_error(STATUS_FILE, "%s: expected a folder with data, found a file%s%s", folder,
                        what ? " that " : "", what ? what : "");
  int any;
  TRY(find_files(paths, &any));
  return any ? status_ok() : find_below(paths, folder);
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

/* "train-labels-idx1-ubyte (or train-labels.idx1-ubyte)" */
static void append_names(char *text, size_t bytes, int file) {
  char names[128];
  snprintf(names, sizeof names, "%s-idx%d-ubyte (or %s.idx%d-ubyte)", files[file].stem,
           files[file].dimensions, files[file].stem, files[file].dimensions);
  append(text, bytes, names);
}

static Status none_found(const FolderPaths *paths) {
  char expected[256] = "", found[320] = "", others[256], hint[256];
  for (int i = 0; i < FOLDER_FILES; i++) {
    char name[64];
    snprintf(name, sizeof name, "%s-idx%d-ubyte", files[i].stem, files[i].dimensions);
    append(expected, sizeof expected, name);
  }
  list_folder(found, sizeof found, paths->root);
  data_format_others(others, sizeof others);
  recognize_in_folder(hint, sizeof hint, paths->root);
  return status_error(STATUS_FILE,
                      "%s: expected %s (each plain or .gz%s), found %s%s. Give another folder by "
                      "--data DIR or NORMLAB_DATA, or make one: normlab data synthesize DIR",
                      paths->root, expected, others, found, hint);
}

Status folder_complete(const FolderPaths *paths) {
  static const char *const STEMS[] = {"train-images", "train-labels", "t10k-images", "t10k-labels",
                                      NULL};
  char missing[512] = "", found[320] = "";
  TRY(leftover_refuse(paths->root, STEMS));
  for (int i = 0; i < FOLDER_FILES; i++)
    if (paths->path[i])
      append(found, sizeof found, strrchr(paths->path[i], '/') + 1);
    else
      append_names(missing, sizeof missing, i);
  if (!missing[0]) return status_ok();
  if (!found[0]) return none_found(paths);
  return status_error(
      STATUS_FILE,
      "%s: expected %s, plain or .gz, beside %s, found none. Fetch what is missing, "
      "or give another folder by --data DIR or NORMLAB_DATA",
      paths->root, missing, found);
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
  TRY(folder_check_shapes(&folder->paths, shape));
  for (int i = 0; i < FOLDER_FILES; i++) TRY(check_twins(&folder->paths, i));
  return status_ok();
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
