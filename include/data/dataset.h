#ifndef NORMLAB_DATA_DATASET_H
#define NORMLAB_DATA_DATASET_H
/* A data set: images and labels for training and for testing. The ranks of a node share one copy
 * of it.
 *
 * A folder can hold the four files of MNIST under their published names, each plain or with .gz
 * (folder.h says which one is taken where both are there):
 *   train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte,
 *   t10k-labels-idx1-ubyte   (also with ".idx3-ubyte" for "-idx3-ubyte").
 * The sizes are taken from the headers, so Fashion-MNIST, EMNIST and subsets work unchanged. If a
 * folder holds no such file but its sub-folder `mnist` does, the sub-folder is taken.
 *
 * Or a folder holds CIFAR-10's binary version (cifar_folder.h): data_batch_1.bin and so on, and
 * test_batch.bin. These may also be in a sub-folder `cifar-10-batches-bin` or `cifar10`. Both
 * kinds of files in one place are an error. */
#include "base/images.h"
#include "base/status.h"
#include "data/format.h"
#include "dist/dist.h"
#include <stdint.h>

typedef struct DataSet {
  ImageSet train, test;
  ImageSet validation; /* the images that dataset_hold_out() has set aside; n = 0: none */
  int n_classes;       /* the largest label of the train set + 1, but at least 2; 10 for CIFAR-10 */
  double mean[4], deviation[4]; /* of each channel of the train set, its pixels scaled to the
                                   range 0 to 1; from exact sums */
  uint64_t hash;    /* XXH3 of the four uncompressed IDX files, the train images first; images of
                       several channels are hashed as files [n][c h][w] */
  char source[512]; /* the folder, or "synthetic digits" */
  char title[DATA_TITLE]; /* "MNIST" if it is the published one, "synthetic digits", or "MNIST
                             format" or "CIFAR-10 format" with the number of training images
                             (data_title()); with a corrupted test set what corrupted_title() adds
                             to it */
  PictureFit fit;         /* how its images were made of pictures */
  ClassName *class_name;  /* [n_classes], on rank 0: the names of the classes; NULL: they are not
                             known */
  SharedMemory memory;
} DataSet;

/* Collective. Rank 0 reads the folder, and all ranks get the set or the same failure. If `folder`
 * is "synthetic", it draws synthetic digits (digits.h; 60,000 train and 10,000 test images of seed
 * 1) and says so by log_note(). Returns STATUS_USAGE if `folder` is NULL or empty. Returns
 * STATUS_FILE if a file cannot be opened or read.
 * Returns STATUS_DATA for a wrong content, with file, offset and what was expected; also if all
 * pixels of a channel of the train set are the same, because their deviation has to be above 0, and
 * if the folder says that it is a corrupted set of other files (corrupted.h).
 * The caller frees the set by dataset_free(). */
Status dataset_load(DataSet *set, const char *folder) MUST_CHECK;
/* Collective. Takes the last n images out of the train set, 0 < n < train.n, and makes them
 * `validation`. mean and deviation become those of the images that are left; hash and n_classes
 * stay those of the files. Returns STATUS_DATA if all pixels of a channel of the images that are
 * left are the same. It may be called once for each set. */
Status dataset_hold_out(DataSet *set, int n) MUST_CHECK;
/* Reads the images of a folder, as dataset_load() does, and computes their hash alone. Not
 * collective. */
Status dataset_hash(uint64_t *hash, const char *folder) MUST_CHECK;
/* A data set that one process has read for itself, and the open files that it is from. */
typedef struct OpenDataSet {
  DataSet set;
  const DataFormat *format; /* NULL: nothing is open */
  DataSource source;
} OpenDataSet;
/* Reads a folder as dataset_load() does. The caller closes it by dataset_close(), also after a
 * failure. Not collective. */
Status dataset_open(OpenDataSet *open, const char *folder) MUST_CHECK;
void dataset_close(OpenDataSet *open);
/* Computes the hash that the set would have with these pixels [n][c][h][w] in its test set. Returns
 * STATUS_MEMORY. Not collective. */
Status dataset_hash_with(uint64_t *hash, const OpenDataSet *open,
                         const uint8_t *test_pixels) MUST_CHECK;
/* Writes a hash as result files have it: 16 hexadecimal digits. */
enum { DATASET_HASH_TEXT = 17 };
void dataset_hash_text(char text[DATASET_HASH_TEXT], uint64_t hash);
/* Collective. Frees what dataset_load() has made. */
void dataset_free(DataSet *set);

/* Computes the mean and the standard deviation (with n in the denominator) of the pixels of each
 * channel, scaled to 0 .. 1, from exact sums. Not collective. */
void dataset_moments(double mean[4], double deviation[4], const ImageSet *set);

/* Returns XXH3 of the sizes, pixels and labels of a set; it tells whether two runs were evaluated
 * on the same images. Not collective. */
uint64_t dataset_images_hash(const ImageSet *set);

/* Fills the table [c][256] that turns a pixel v of channel k into an input of the network:
 * table[k][v] = (v / 255 - mean[k]) / deviation[k]. Not collective. */
void dataset_table(float *table, const double *mean, const double *deviation, int c);

#endif
