#ifndef NORMLAB_TESTS_DATA_SCRATCH_H
#define NORMLAB_TESTS_DATA_SCRATCH_H
/* Files for the tests of data, in a folder of their own that is removed at the end. */
#include "base/status.h"
#include "data/idx.h"
#include <stddef.h>
#include <stdint.h>

/* cmocka's group setup and teardown: makes and removes the folder. */
int scratch_setup(void **state);
int scratch_teardown(void **state);
/* Path of NAME in the folder; valid until eight more are asked for. */
const char *scratch(const char *name);

void write_bytes(const char *path, const void *bytes, size_t n);
/* Contents of a file, to be freed. */
uint8_t *read_bytes(const char *path, size_t *n);
/* gzip of bytes, to be freed. */
uint8_t *compress_bytes(const void *bytes, size_t n, size_t *n_compressed);
/* An IDX file in memory, to be freed: bytes of it are a fixed sequence. */
uint8_t *idx_image(IdxShape shape, size_t *n);

/* A folder of the scratch folder with a small set: n + n_test images of h x w, n_classes. Returns
 * its path. */
const char *make_set(const char *name, int n, int n_test, int h, int w, int n_classes, int gzip);

/* Fails the test unless STATUS has this code and a text that holds all of the NULL-ended list. */
void expect_failure(Status status, StatusCode code, ...) __attribute__((sentinel));
void expect_success(Status status);

#endif
