#ifndef NORMLAB_DATA_IMPORTED_H
#define NORMLAB_DATA_IMPORTED_H
/* Data folders made from pictures. Such a folder holds images.txt, which says the names of the set
 * and of its classes and the shape of its images, and four IDX files (data/idx.h): train-images.idx
 * and test-images.idx, [n][c h][w], the rows of all channels one below the other, and
 * train-labels.idx and test-labels.idx, [n]. Not collective. */
#include "data/format.h"

/* What images.txt says; or names.txt, which gives names to images in the format of MNIST. */
typedef struct ImportedNote {
  char name[DATA_TITLE]; /* of the set; "": names.txt does not say it */
  ImageShape shape;      /* names.txt does not say it */
  int has_fit;           /* 1: there is a line about it; otherwise it is the usual one */
  PictureFit fit;
  int n_classes;
  ClassName class_name[DATA_CLASSES]; /* [n_classes] */
} ImportedNote;

/* Reads FOLDER/images.txt. Returns STATUS_FILE if it cannot be read, and STATUS_DATA, with the
 * line, if it is damaged. */
Status imported_read(ImportedNote *note, const char *folder) MUST_CHECK;
/* Reads FOLDER/names.txt likewise; without such a file note->n_classes is 0, and that is no
 * failure. */
Status named_read(ImportedNote *note, const char *folder) MUST_CHECK;

typedef struct ImportPlan {
  const char *from, *to; /* folders */
  const char *name;      /* of the set; NULL: that of the folder */
  ImageShape shape;      /* 1 or 3 channels; 0: 3 if any picture has colour, else 1 */
  PictureFit fit;        /* how the pictures are made the same size */
  double test_share;     /* of each class, above 0 and at most 1 */
  uint64_t seed;
} ImportPlan;

/* Makes the folder `to` from one that has a folder of PNG or JPEG files for each class, or folders
 * train and test with these, and prints what was done. Pictures are made the same size as
 * data/picture_image.h describes; FIT_DIGIT makes images of 1 channel. Classes are numbered in the
 * order of their names by bytes. Of each class as many are drawn for the test set as test_share
 * says, rounded, all but one at most, from the pictures in the order of their names; so the split
 * is a function of names and seed. Names that begin with a point are left aside. `to` must not
 * exist; it appears complete or not at all.
 *
 * Returns STATUS_USAGE for a name that cannot be kept; STATUS_FILE if a file or folder cannot be
 * read or written, or `to` exists; STATUS_DATA, with the file, if a picture is damaged, a folder
 * has none, there are not 2 to 256 classes, or no image is left to test. */
Status import_folder(const ImportPlan *plan) MUST_CHECK;

/* Writes the images of a data folder of any format as PNG files TO/train/CLASS/NUMBER.png and
 * TO/test/..., which import_folder() makes the same sets of, in another order. A class is called by
 * the name that import_folder() has kept, or by its number. `to` must not exist; it appears
 * complete or not at all. `from` is one that is read, not drawn. Returns STATUS_FILE if reading or
 * writing fails, or `to` exists; STATUS_DATA if `from` is damaged, or a class has a name that no
 * folder can have. */
Status export_folder(const char *from, const char *to) MUST_CHECK;

#endif
