#ifndef NORMLAB_DATA_CIFAR_FOLDER_H
#define NORMLAB_DATA_CIFAR_FOLDER_H
/* A data folder in CIFAR-10's binary version. The files data_batch_1.bin, data_batch_2.bin and so
 * on, without a gap, are the train set; test_batch.bin is the test set. Each file is plain or
 * compressed, with .gz at the end of its name; where both are there, they must have the same
 * content. The published set has five batches of 10,000 images. Where one batch has so many, or
 * there are five, all must have as many; fewer than five of 10,000 are a part of the set, which a
 * warning and the set's title say. Other batches may differ, with a warning. Not collective. */
#include "base/status.h"
#include "data/cifar.h"
#include <stdint.h>

/* The published set: images of a batch, and batches. */
enum { CIFAR_BATCH = 10000, CIFAR_BATCHES = 5 };

typedef struct CifarPaths {
  char *root;   /* the given folder, or its sub-folder cifar-10-batches-bin or cifar10 */
  char **train; /* [n_train] paths */
  char **twin;  /* [n_train] the path of the compressed copy beside each; NULL if there is none */
  int n_train;
  char *test, *test_twin; /* NULL if there is none */
} CifarPaths;

/* Looks for the files in the folder and, if it has none of them, in the sub-folders
 * cifar-10-batches-bin and cifar10. It is no failure if files are missing, or if the folder is
 * none or may not be listed. The caller frees the paths by cifar_paths_free(), also after a
 * failure. */
Status cifar_find(CifarPaths *paths, const char *folder) MUST_CHECK;
void cifar_paths_free(CifarPaths *paths);
int cifar_is_there(const CifarPaths *paths); /* 1 if any of the files was found */
/* Returns STATUS_FILE, with what is missing and what to do about it, unless both sets have been
 * found and the batches are numbered without a gap. Returns STATUS_DATA if the folder has files of
 * a download that has not ended. */
Status cifar_complete(const CifarPaths *paths) MUST_CHECK;

typedef struct CifarFolder {
  CifarPaths paths;
  CifarFile **train; /* [paths.n_train] open files */
  CifarFile *test;
  int n_train, n_test; /* the numbers of images */
} CifarFolder;

/* Finds and opens all files, which may have at most 16 GiB together. The caller closes the folder
 * by cifar_folder_close(); after a failure there is nothing to close. The failures are those of
 * cifar_find(), cifar_complete() and cifar_open(), and STATUS_DATA if the files are too large or do
 * not fit each other. */
Status cifar_folder_open(CifarFolder *folder, const char *path) MUST_CHECK;
void cifar_folder_close(CifarFolder *folder);
/* Reads the pixels [n][3][32][32] and the labels [n] of both sets. It may be called once for each
 * folder. */
Status cifar_folder_read(CifarFolder *folder, uint8_t *train_pixels, uint8_t *train_labels,
                         uint8_t *test_pixels, uint8_t *test_labels) MUST_CHECK;

/* Finds the names [CIFAR_CLASSES] of the classes: the lines of batches.meta.txt beside the batches;
 * where there is no such file, and the batches have the published length, those of CIFAR-10.
 * Otherwise *is_known is 0. Returns STATUS_DATA, with the line, if the file is damaged or has other
 * than ten names. */
typedef struct CifarNames {
  int is_known;
  char name[CIFAR_CLASSES][256];
} CifarNames;
Status cifar_names(CifarNames *names, const CifarPaths *paths, int n_train) MUST_CHECK;
#define CIFAR_NAMES "batches.meta.txt"

/* Returns STATUS_DATA if the deviation [3] of a channel of the train set is not above 0, because
 * the pixels are divided by it. */
Status cifar_check_contrast(const CifarPaths *paths, const double *deviation) MUST_CHECK;

#endif
