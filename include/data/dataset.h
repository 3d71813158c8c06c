#ifndef NORMLAB_DATA_DATASET_H
#define NORMLAB_DATA_DATASET_H
/* Images and labels, one copy a node.
 *
 * A folder holds the four files of MNIST under their published names, each plain or with .gz
 * (folder.h says which is taken where both are):
 *   train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte,
 *   t10k-labels-idx1-ubyte   (also with ".idx3-ubyte" for "-idx3-ubyte").
 * Sizes are taken from the headers, so that Fashion-MNIST, EMNIST and subsets work unchanged. A
 * folder that holds no such file but a sub-folder `mnist` that does stands for that one.
 *
 * Or a folder holds CIFAR-10's binary version (cifar_folder.h): data_batch_1.bin and so on, and
 * test_batch.bin; or a sub-folder `cifar-10-batches-bin` or `cifar10` does. Both kinds in one place
 * are an error. */
#include "base/images.h"
#include "base/status.h"
#include "dist/dist.h"
#include <stdint.h>

typedef struct DataSet {
  ImageSet train, test;
  ImageSet validation; /* what dataset_hold_out has set aside; n = 0: nothing */
  int n_classes;       /* largest label of the train set + 1, at least 2; of CIFAR-10: 10 */
  double mean[4], deviation[4]; /* of the train set per channel, pixels 0 .. 1; exact sums */
  uint64_t hash; /* XXH3 of the four uncompressed IDX files, train images first; images of several
                    channels as files [n][c h][w] */
  char source[512]; /* folder, or "synthetic digits" */
  char title[64];   /* "MNIST" if it is the published one, "CIFAR-10 format", "synthetic digits", or
                       "images" */
  SharedMemory memory;
} DataSet;

/* Collective. Rank 0 reads FOLDER; all ranks get the set or the same failure. FOLDER NULL or empty:
 * draws synthetic digits (digits.h, 60,000 + 10,000, seed 1) and says so by log_note.
 * STATUS_FILE: cannot open or read; STATUS_DATA: content, with file, offset and what was expected,
 * also if all pixels of a channel of the train set are the same, so that deviation is above 0. */
Status dataset_load(DataSet *set, const char *folder) MUST_CHECK;
/* Collective. Sets the last n images of the train set aside, 0 < n < train.n: they become
 * `validation`, and mean and deviation those of the images that are left. hash and n_classes stay
 * those of the files. STATUS_DATA if all pixels of a channel of what is left are the same. Once a
 * set. */
Status dataset_hold_out(DataSet *set, int n) MUST_CHECK;
/* Collective. */
void dataset_free(DataSet *set);

/* Mean and deviation (divided by n) of the pixels per channel, 0 .. 1, from exact sums. */
void dataset_moments(double mean[4], double deviation[4], const ImageSet *set);

/* XXH3 of sizes, pixels and labels: tells whether two runs were evaluated on the same images. */
uint64_t dataset_images_hash(const ImageSet *set);

/* What one pixel table of load_images needs: table[c][v] = (v / 255 - mean[c]) / deviation[c]. */
void dataset_table(float *table, const double *mean, const double *deviation, int c);

#endif
