#ifndef NORMLAB_DATA_FORMAT_H
#define NORMLAB_DATA_FORMAT_H
/* The formats in which a data set can be there. A format is one constant DataFormat, in a file of
 * its own under src/data/formats that src/data/formats/list.h names. Training, `normlab data
 * check`, studies and messages learn all about it from there. Not collective. */
#include "base/images.h"
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct ImageShape {
  int c, h, w; /* channels, rows, columns */
} ImageShape;

/* Where a format has found one of its files. */
typedef struct DataPlace {
  char *file;   /* path of the first one, owned (free); NULL: there is none */
  int is_below; /* 1: not in the folder itself, but in a folder below it */
} DataPlace;

/* A data set that is open: its sizes are known, its images are not read yet. */
typedef struct DataSource {
  int n_train, n_test;
  ImageShape shape;
  void *handle; /* the format's own; NULL after a failure */
} DataSource;

/* Where the images and labels go, and what is known of them when they have been read. */
typedef struct DataTarget {
  uint8_t *train_pixels, *train_labels; /* [n_train][c][h][w], [n_train] */
  uint8_t *test_pixels, *test_labels;   /* [n_test][c][h][w], [n_test] */
  int n_classes;                        /* labels are 0 to n_classes - 1 */
  char source[512]; /* the folder that the files are in, or what stands for one */
  char title[64];   /* what the set is called: "MNIST" */
} DataTarget;

typedef struct DataFormat {
  const char *name;  /* the word that a study has for it: "mnist" */
  const char *title; /* what messages call it: "MNIST" */
  const char *files; /* the names of its files in short, for messages; NULL: it has no files, and is
                         the one that is taken where no folder is given */
  const char *about; /* its files in whole sentences, for the help */
  ImageShape usual;  /* what is assumed before a folder has been looked at */
  /* All functions but read, check and close take a folder. Their failures are STATUS_FILE and
   * STATUS_DATA with file, offset and what was expected. */
  Status (*find)(DataPlace *place, const char *folder);  /* looks for files by their names */
  Status (*look)(ImageShape *shape, const char *folder); /* sizes, without reading images */
  Status (*open)(DataSource *source, const char *folder);
  /* Reads all images and labels, once, and says what they are. */
  Status (*read)(DataTarget *target, DataSource *source);
  /* Refuses a deviation [c] of 0 with the file that is to blame. */
  Status (*check)(const DataSource *source, const double *deviation);
  void (*close)(DataSource *source);
  /* Prints what is in the folder to standard output, file by file also where some are damaged. */
  Status (*describe)(const char *folder);
} DataFormat;

/* All formats; NULL ends them. The first is the one that is assumed in a folder without any known
 * file. */
extern const DataFormat *const DATA_FORMATS[];

/* Finds the format of a folder by the names of the files in it or, if there are none, in the
 * folders below that a format knows. folder NULL or empty: the format without files. STATUS_DATA if
 * there are two formats side by side: none is chosen silently. STATUS_FILE if there is no such
 * folder. */
Status data_format_find(const DataFormat **format, const char *folder) MUST_CHECK;

/* The format that a study calls so, or NULL. Formats without files have no name there. */
const DataFormat *data_format_named(const char *name);

/* The names that a study may use: "mnist, cifar10", with another word between the last two. */
void data_format_names(char *text, size_t bytes, const char *separator, const char *last);

/* "; or CIFAR-10's data_batch_1.bin and so on": all formats with files but the first, for the
 * message of a folder without any. */
void data_format_others(char *text, size_t bytes);

/* The I-th paragraph of help about formats, NULL after the last. */
const char *data_format_about(int i);

/* For describe: a table of classes, and the line of means and deviations. */
void data_print_classes(const ImageSet *train, const ImageSet *test, int n_classes);
void data_print_moments(const double *mean, const double *deviation, int n_channels);

#endif
