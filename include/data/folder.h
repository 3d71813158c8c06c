#ifndef NORMLAB_DATA_FOLDER_H
#define NORMLAB_DATA_FOLDER_H
/* A data folder in the format of MNIST: its four IDX files, and what must be true of them together.
 *
 * Of each file the first of these names is taken: NAME-idx3-ubyte, NAME.idx3-ubyte, then the same
 * with .gz: a plain file comes before a compressed one. Not collective. */
#include "base/status.h"
#include "data/idx.h"
#include <stdint.h>

enum { TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS, FOLDER_FILES };
enum { FOLDER_SPELLINGS = 4 };

/* Name of a file in one of its spellings: "train-images-idx3-ubyte" is the first. Owned by the
 * caller (free), NULL without memory. */
char *folder_path(const char *folder, int file, int spelling) MUST_CHECK;

typedef struct FolderPaths {
  char *root;               /* the folder given, or its sub-folder mnist */
  char *path[FOLDER_FILES]; /* NULL: there is none */
} FolderPaths;

/* Looks for the files. Missing ones are no failure here; STATUS_FILE if FOLDER is no folder or
 * cannot be looked into. Freed by folder_paths_free, after a failure too. */
Status folder_find(FolderPaths *paths, const char *folder) MUST_CHECK;
void folder_paths_free(FolderPaths *paths);
/* STATUS_FILE with the names of the missing files, what was found, and what to do about it; or
 * success. */
Status folder_complete(const FolderPaths *paths) MUST_CHECK;

typedef struct Folder {
  FolderPaths paths;
  IdxFile *file[FOLDER_FILES];
} Folder;

/* Finds and opens all files and checks their headers, alone and together. Nothing to close after a
 * failure. */
Status folder_open(Folder *folder, const char *path) MUST_CHECK;
void folder_close(Folder *folder);

Status folder_open_file(IdxFile **file, const FolderPaths *paths, int which) MUST_CHECK;
/* Images and labels of a set must be as many; images of both sets of one size. Messages name both
 * files. */
Status folder_check_shapes(const FolderPaths *paths, const IdxShape shape[FOLDER_FILES]) MUST_CHECK;
/* Sets *n_classes to the largest label of the train set + 1, at least 2; no test label may reach
 * it. */
Status folder_check_labels(int *n_classes, const FolderPaths *paths,
                           const IdxShape shape[FOLDER_FILES], const uint8_t *train_labels,
                           const uint8_t *test_labels) MUST_CHECK;

/* The deviation of the train set's pixels must be above 0: they are divided by it. */
Status folder_check_contrast(const FolderPaths *paths, double deviation) MUST_CHECK;

/* Whether a file's uncompressed content is that of the published MNIST. */
int folder_is_published(int which, IdxShape shape, const uint8_t *items);

/* Writes the four files under their published names, plain or .gz, and makes the folder. Any of the
 * files existing in any spelling is STATUS_FILE without overwrite. Each is written to a temporary
 * name and synced; when all are complete, existing ones are deleted and the new ones renamed. So
 * there is never half a file nor a mixture of two sets, and while writing can still fail all is as
 * it was. */
Status folder_write(const char *folder, const IdxShape shape[FOLDER_FILES],
                    const uint8_t *const items[FOLDER_FILES], int gzip, int overwrite) MUST_CHECK;

#endif
