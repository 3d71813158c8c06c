#ifndef NORMLAB_DATA_CIFAR_FOLDER_H
#define NORMLAB_DATA_CIFAR_FOLDER_H
/* A data folder in CIFAR-10's binary version: data_batch_N.bin, N = 1 .. 9999, each that is there,
 * in the order of N, are the train set, and test_batch.bin is the test set; each plain or with .gz,
 * where both are the plain one is taken. The published set has five batches; any part of it is
 * accepted. Not collective. */
#include "base/status.h"
#include "data/cifar.h"
#include <stdint.h>

typedef struct CifarPaths {
  char *root;   /* the folder given, or its sub-folder cifar-10-batches-bin or cifar10 */
  char **train; /* [n_train] */
  int n_train;
  char *test; /* NULL: there is none */
} CifarPaths;

/* Looks for the files, in the folder and, if there is none, in these sub-folders. Missing ones are
 * no failure here, nor is a folder that is none or may not be listed. Freed by cifar_paths_free,
 * after a failure too. */
Status cifar_find(CifarPaths *paths, const char *folder) MUST_CHECK;
void cifar_paths_free(CifarPaths *paths);
int cifar_is_there(const CifarPaths *paths); /* any of the files */
/* STATUS_FILE with what is missing and what to do about it; or success. */
Status cifar_complete(const CifarPaths *paths) MUST_CHECK;

typedef struct CifarFolder {
  CifarPaths paths;
  CifarFile **train; /* [paths.n_train] */
  CifarFile *test;
  int n_train, n_test; /* images */
} CifarFolder;

/* Finds and opens all files. At most 16 GiB in all. Nothing to close after a failure. */
Status cifar_folder_open(CifarFolder *folder, const char *path) MUST_CHECK;
void cifar_folder_close(CifarFolder *folder);
/* Pixels [n][3][32][32] and labels [n] of both sets; once a folder. */
Status cifar_folder_read(CifarFolder *folder, uint8_t *train_pixels, uint8_t *train_labels,
                         uint8_t *test_pixels, uint8_t *test_labels) MUST_CHECK;

/* The deviation of each channel of the train set must be above 0: pixels are divided by it. */
Status cifar_check_contrast(const CifarPaths *paths, const double *deviation) MUST_CHECK;

#endif
