#ifndef NORMLAB_TESTS_DATA_CIFAR_FILES_H
#define NORMLAB_TESTS_DATA_CIFAR_FILES_H
/* Small files of CIFAR-10's binary version in the scratch folder. */
#include "data/dataset.h"

#include "scratch.h"

enum { RECORD = 3073 };

/* Records of a fixed sequence that begins with START; label of record i: (start + i) % 10. To be
 * freed. */
uint8_t *records(int n, int start);

/* Path of FOLDER/NAME in the scratch folder; makes the folder. Valid as scratch's. */
const char *place(const char *folder, const char *name);
void write_gzip(const char *path, const uint8_t *bytes, size_t n);
void write_records(const char *folder, const char *name, int n, int start);

/* 3 + 4 images to train with, 2 to test with, in names with this suffix. Returns the path. */
const char *make_folder(const char *folder, const char *suffix);

void expect_images(const ImageSet *set, int first, int n, int start);
/* A folder as make_folder makes it, read as a data set. */
void expect_small_set(const char *folder);
void expect_load_failure(const char *folder, StatusCode code, const char *piece,
                         const char *another);

#endif
