#ifndef NORMLAB_DATA_FORMAT_H
#define NORMLAB_DATA_FORMAT_H
/* The formats in which a data set can be stored. A format is one constant DataFormat, in a file of
 * its own under src/data/formats that src/data/formats/list.h names. Training, `normlab data
 * check`, studies and messages learn everything about a format from this constant. Not collective.
 */
#include "base/images.h"
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct ImageShape {
  int c, h, w; /* channels, rows, columns */
} ImageShape;

/* Where a format has found one of its files. */
typedef struct DataPlace {
  char *file;   /* the path of the first one, which the caller frees by free(); NULL if there is
                   none */
  int is_below; /* 1: the files are not in the folder itself, but in a folder below it */
} DataPlace;

/* An open data set: its sizes are known, but its images have not been read yet. */
typedef struct DataSource {
  int n_train, n_test;
  int n_classes; /* the labels are 0 to n_classes - 1; 0: only reading the images tells */
  ImageShape shape;
  void *handle; /* what the format itself keeps; NULL after a failure */
} DataSource;

/* Bytes of the name of a data set, such as "MNIST", and of a class; labels are bytes. */
enum { DATA_TITLE = 96, DATA_CLASS = 256, DATA_CLASSES = 256 };
typedef char ClassName[DATA_CLASS];

/* How a picture of any size becomes an image like those of a set (picture_image() in
 * data/picture_image.h). */
typedef enum PictureFit { FIT_CROP, FIT_PAD, FIT_STRETCH, FIT_DIGIT, N_PICTURE_FITS } PictureFit;
extern const char *const PICTURE_FITS[N_PICTURE_FITS]; /* "crop", "pad", "stretch", "digit" */
/* Sets *fit to the one of this name, and returns whether there is one. */
int picture_fit_named(PictureFit *fit, const char *name);

/* Where the images and labels go, and what is known about them after they have been read. */
typedef struct DataTarget {
  uint8_t *train_pixels, *train_labels; /* [n_train][c][h][w], [n_train] */
  uint8_t *test_pixels, *test_labels;   /* [n_test][c][h][w], [n_test] */
  int n_classes;                        /* the labels are 0 to n_classes - 1 */
  char source[512];       /* the folder that the files are in, or what stands for one: "synthetic
                       digits" */
  char title[DATA_TITLE]; /* what the set is called: "MNIST" */
  PictureFit fit;         /* how its images were made of pictures */
  ClassName *class_name; /* [n_classes], by data_name_classes(): the names of the classes, which the
                             caller frees, also after a failure; NULL: they are not known */
} DataTarget;

/* Gives the classes of a set names [target->n_classes], which are copied. Returns STATUS_MEMORY. */
Status data_name_classes(DataTarget *target, const char *const *name) MUST_CHECK;
/* Gives them the names 0, 1 and so on, as those of digits are. */
Status data_name_digits(DataTarget *target) MUST_CHECK;
/* Returns whether a text can be the name of a set or a class: it is not empty, has fewer bytes, is
 * UTF-8, and has no control characters. */
int data_name_is_fine(const char *name, size_t bytes);

typedef struct DataFormat {
  const char *name;  /* the word by which a study names it: "mnist" */
  const char *title; /* what messages call it: "MNIST" */
  const char *files; /* the names of its files in short, for messages; NULL: the format has no
                        files, and is taken where its name stands in place of a folder */
  const char *about; /* its files in whole sentences, for the help */
  ImageShape usual;  /* the shape that is assumed before a folder has been looked at */
  /* All functions but read, check and close take a folder. They return STATUS_FILE or
   * STATUS_DATA with the file, the offset and what was expected. */
  Status (*find)(DataPlace *place, const char *folder);  /* looks for files by their names */
  Status (*look)(ImageShape *shape, const char *folder); /* sizes, without reading images */
  Status (*open)(DataSource *source, const char *folder);
  /* Reads all images and labels, once, and fills in the rest of the target. */
  Status (*read)(DataTarget *target, DataSource *source);
  /* Returns STATUS_DATA, with the file that is to blame, if a deviation [c] is 0. */
  Status (*check)(const DataSource *source, const double *deviation);
  void (*close)(DataSource *source);
  /* Writes the set into another folder, which is there and empty, with other images in the test set
   * (their labels are the same). The other files are hard links to those of the source, or copies.
   * The source has been opened, and may have been read. NULL: the format has no files. */
  Status (*rewrite)(const char *folder, const DataSource *source, const ImageSet *test);
  /* Prints what is in the folder to standard output, file by file, even if some are damaged. */
  Status (*describe)(const char *folder);
} DataFormat;

/* All formats; a NULL ends the list. The first is the one that is assumed for a folder without any
 * known file. */
extern const DataFormat *const DATA_FORMATS[];

/* Finds the format of a folder by the names of the files in it or, if there are none, in the
 * sub-folders that a format knows. The name of a format without files stands for that format
 * ("synthetic"; a folder of this name is given as "./synthetic"). Returns STATUS_USAGE, with what
 * may be given, if `folder` is NULL or empty. Returns STATUS_DATA if there are files of two formats
 * side by side: none is chosen silently. Returns STATUS_FILE if there is no such folder. */
Status data_format_find(const DataFormat **format, const char *folder) MUST_CHECK;

/* Returns the format that a study names so, or NULL. */
const DataFormat *data_format_named(const char *name);

/* Returns what --data has given or, where that is NULL, the value of NORMLAB_DATA; NULL if neither
 * gives anything. */
const char *data_given(const char *option);

/* Returns the format without files that `data`, which is given in place of a folder, names; NULL
 * for a folder. `data` may be NULL. */
const DataFormat *data_format_drawn(const char *data);

/* Writes the names that a study may use, with a separator between them and another one before the
 * last: "mnist, cifar10, synthetic". At most `bytes` bytes are written. */
void data_format_names(char *text, size_t bytes, const char *separator, const char *last);

/* Writes all formats with files but the first, for the message about a folder that has none of
 * their files: "; or CIFAR-10's data_batch_1.bin and so on". At most `bytes` bytes are written. */
void data_format_others(char *text, size_t bytes);

/* Returns the i-th paragraph of the help about formats, from 0; NULL after the last. */
const char *data_format_about(int i);

/* Writes the title of a set that is not known to be the published one: `name`, and how many images
 * it has where these are others than the published ones: "CIFAR-10 format, 20,000 of 50,000
 * training images". `published` is NULL where nothing tells that the set is a part of the published
 * one; then the numbers stand alone. */
typedef struct DataCounts {
  int n_train, n_test;
} DataCounts;
void data_title(DataTarget *target, const char *name, const DataSource *source,
                const DataCounts *published);

/* Print, for DataFormat.describe, a table of the classes of both sets, with their names [n_classes]
 * unless that is NULL, and a line with the mean and the deviation of each channel. */
void data_print_classes(const ImageSet *train, const ImageSet *test, int n_classes,
                        const char *const *names);
void data_print_moments(const double *mean, const double *deviation, int n_channels);

#endif
