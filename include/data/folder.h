#ifndef NORMLAB_DATA_FOLDER_H
#define NORMLAB_DATA_FOLDER_H
/* A data folder in the format of MNIST: its four IDX files, and what must be true of them
 * together.
 *
 * A file may be there under four names; they are looked for in this order: NAME-idx3-ubyte,
 * NAME.idx3-ubyte, and the same two with .gz; then in folders of these names, as some archives
 * unpack to. Where there are several, they must have the same content. Not collective. */
#include "base/status.h"
#include "data/idx.h"
#include <stdint.h>

enum { TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS, FOLDER_FILES };
enum { FOLDER_SPELLINGS = 4 };

/* Returns the path of a file (TRAIN_IMAGES and so on) in one of its spellings; spelling 0 is the
 * published name, such as "train-images-idx3-ubyte". The caller frees it by free(). Returns NULL
 * if there is no memory. */
char *folder_path(const char *folder, int file, int spelling) MUST_CHECK;

typedef struct FolderPaths {
  char *root;               /* the given folder, or one below it such as mnist or MNIST/raw */
  char *path[FOLDER_FILES]; /* [i]: the path of file i, NULL if there is none */
} FolderPaths;

/* Looks for the files. It is no failure if some are missing. Returns STATUS_FILE if `folder` is no
 * folder or cannot be looked into, and STATUS_DATA if several folders below it have some. The
 * caller frees the paths by folder_paths_free(), also after a failure. */
Status folder_find(FolderPaths *paths, const char *folder) MUST_CHECK;
void folder_paths_free(FolderPaths *paths);
/* Returns STATUS_FILE if a file is missing, with the names that each may have, what was found, and
 * what to do about it. Returns STATUS_DATA if the folder has files of a download that has not
 * ended. */
Status folder_complete(const FolderPaths *paths) MUST_CHECK;

typedef struct Folder {
  FolderPaths paths;
  IdxFile *file[FOLDER_FILES];
} Folder;

/* Finds and opens all files, and checks each header and that the headers fit each other. The
 * caller closes the folder by folder_close(); after a failure there is nothing to close. */
Status folder_open(Folder *folder, const char *path) MUST_CHECK;
void folder_close(Folder *folder);

/* Opens one of the files (TRAIN_IMAGES and so on) and checks its header alone; failures are those
 * of idx_open_images() and idx_open_labels(). */
Status folder_open_file(IdxFile **file, const FolderPaths *paths, int which) MUST_CHECK;
/* Returns STATUS_DATA if a set does not have as many images as labels, or if the images of the two
 * sets are of different sizes. The message names both files. */
Status folder_check_shapes(const FolderPaths *paths, const IdxShape *shape) MUST_CHECK;
/* Sets *n_classes to the largest label of the train set + 1, but at least to 2. Returns
 * STATUS_DATA if a label of the test set is not below it. */
Status folder_check_labels(int *n_classes, const FolderPaths *paths, const IdxShape *shape,
                           const uint8_t *train_labels, const uint8_t *test_labels) MUST_CHECK;

/* Returns STATUS_DATA if the deviation of the train set's pixels is not above 0, because they are
 * divided by it. */
Status folder_check_contrast(const FolderPaths *paths, double deviation) MUST_CHECK;

/* Returns whether the uncompressed content of a file is that of the published MNIST. */
int folder_is_published(int which, IdxShape shape, const uint8_t *items);

/* Writes the four files under their published names, with .gz if gzip is 1, and makes the folder
 * if it is missing. If overwrite is 0, a file that exists in any spelling is STATUS_FILE. Each
 * file is first written under a temporary name and synced. When all are complete, existing files
 * are deleted and the new ones renamed. So there is never half a file nor a mixture of two sets,
 * and as long as writing can fail, everything is as it was before. */
Status folder_write(const char *folder, const IdxShape *shape,
                    const uint8_t *const items[FOLDER_FILES], int gzip, int overwrite) MUST_CHECK;

#endif
