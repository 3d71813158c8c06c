#ifndef NORMLAB_DATA_IDX_H
#define NORMLAB_DATA_IDX_H
/* Reads and writes IDX files of unsigned bytes, the format of MNIST: images [n][h][w] and labels
 * [n], plain or compressed by gzip (which is told from the content). The header is the bytes 00
 * 00, 08 for unsigned bytes, the number of dimensions, and each dimension as 32 bits with the
 * highest byte first.
 *
 * A file may have 1 to 2^31 - 1 items, 1 to 4096 rows and columns, and at most 16 GiB in all. A
 * header that promises more than the file can hold is refused before anything is allocated for it.
 * A compressed file can hold 1032 times its own size, the most that deflate can reach.
 *
 * All errors name the file. STATUS_DATA is for a wrong content, with the byte offset, what was
 * expected and what was found. STATUS_FILE is for a file that cannot be opened or read, or is not
 * a regular file. Not collective. */
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

enum { IDX_MAX_SIDE = 4096, IDX_HEADER = 16 };
#define IDX_MAX_BYTES ((uint64_t)16 << 30)

typedef struct IdxShape {
  int n_dims; /* 3: images; 1: labels, for which h = w = 1 */
  int n, h, w;
} IdxShape;

typedef struct IdxFile IdxFile;

/* Open a file of images or of labels and check its header. The caller closes the file by
 * idx_close(). After a failure *file is NULL. */
Status idx_open_images(IdxFile **file, const char *path) MUST_CHECK;
Status idx_open_labels(IdxFile **file, const char *path) MUST_CHECK;
void idx_close(IdxFile *file); /* it may be NULL */

/* Return the path of a file, whether it is compressed, and the shape that its header tells. */
const char *idx_path(const IdxFile *file);
int idx_is_gzip(const IdxFile *file);
IdxShape idx_shape(const IdxFile *file);

/* Reads all items into out [n][h][w]. It may be called once for each file. Returns STATUS_DATA
 * unless the file ends where the items do. */
Status idx_read(IdxFile *file, uint8_t *out) MUST_CHECK;

/* Return the number of bytes of the items, n h w, and of the header before them. */
size_t idx_bytes(IdxShape shape);
size_t idx_header_bytes(IdxShape shape);
/* Writes the header as it stands in a file: idx_header_bytes() bytes. */
void idx_header(uint8_t header[IDX_HEADER], IdxShape shape);

/* Writes a new file and syncs it. The file must not exist before, and does not exist after a
 * failure. */
Status idx_write(const char *path, IdxShape shape, const uint8_t *items, int gzip) MUST_CHECK;

#endif
