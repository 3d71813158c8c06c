#ifndef NORMLAB_STORE_IMAGE_H
#define NORMLAB_STORE_IMAGE_H
/* Makes a record into the bytes of an HDF5 file and back, in memory. Not collective. */
#include "header.h"
#include "store/record.h"

/* Builds the image of a record. It starts with HEADER_BYTES zeros (HDF5's user block), for the
 * header. Groups keep the order of the record's data sets, and attributes are ordered by their
 * names. The caller frees *image by free(). Returns STATUS_MEMORY, or STATUS_FILE where HDF5
 * refuses the content (an attribute beyond 64 KiB). */
Status image_build(char **image, size_t *bytes, const Record *record) MUST_CHECK;

/* Fills an empty record from an image. Beside what image_build() makes it may hold what another
 * program has added: data sets without description or units, numbers of other types (they become
 * int64 or float64), texts of any length. Returns STATUS_DATA if it holds anything else. `file` is
 * for messages. After a failure the record holds what was read so far. HDF5 crashes on some images,
 * so only read_apart() (apart.h) calls this. */
Status image_read(Record *record, const char *file, const char *image, size_t bytes) MUST_CHECK;

#endif
