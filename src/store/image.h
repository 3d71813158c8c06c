#ifndef NORMLAB_STORE_IMAGE_H
#define NORMLAB_STORE_IMAGE_H
/* A record as the bytes of an HDF5 file, and back, in memory. */
#include "header.h"
#include "store/record.h"

/* The image starts with HEADER_BYTES zeros (HDF5's user block), for the header. Groups keep the
 * order of the record's data sets; attributes have none but their names'. Freed by free(). Fails
 * with STATUS_MEMORY, or STATUS_FILE where HDF5 refuses the content (an attribute beyond 64 KiB).
 */
Status image_build(char **image, size_t *bytes, const Record *record) MUST_CHECK;

/* Fills an empty record; STATUS_DATA if there is anything that image_build does not make. FILE is
 * for messages. On failure the record holds what was read so far. */
Status image_read(Record *record, const char *file, const char *image, size_t bytes) MUST_CHECK;

#endif
