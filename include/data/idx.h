#ifndef NORMLAB_DATA_IDX_H
#define NORMLAB_DATA_IDX_H
/* IDX files of unsigned bytes, the format of MNIST: images [n][h][w] and labels [n], plain or
 * gzip-compressed (told by the content). The header is 00 00, 08 (unsigned bytes), the number of
 * dimensions, and each dimension as 32 bits, highest byte first.
 *
 * Accepted: 1 .. 2^31 - 1 items, rows and columns 1 .. 4096, at most 16 GiB in all. A header that
 * promises more than the file can hold (for gzip: 1032 times its size, the most that deflate can
 * reach) is refused before anything is allocated for it.
 *
 * Errors name the file. STATUS_DATA: the content, with the byte offset, what was expected and what
 * was found; STATUS_FILE: cannot be opened or read, or is not a regular file. Not collective. */
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

/* Open a file and check its header. The file is the caller's (idx_close); NULL after a failure. */
Status idx_open_images(IdxFile **file, const char *path) MUST_CHECK;
Status idx_open_labels(IdxFile **file, const char *path) MUST_CHECK;
void idx_close(IdxFile *file); /* NULL is allowed */

const char *idx_path(const IdxFile *file);
int idx_is_gzip(const IdxFile *file);
IdxShape idx_shape(const IdxFile *file);

/* Reads all items to out [n][h][w]; once a file. The file must end where they do. */
Status idx_read(IdxFile *file, uint8_t *out) MUST_CHECK;

/* n h w, and the bytes before the items. */
size_t idx_bytes(IdxShape shape);
size_t idx_header_bytes(IdxShape shape);
/* The header as it stands in a file: idx_header_bytes of it. */
void idx_header(uint8_t header[IDX_HEADER], IdxShape shape);

/* Writes a new file, which may not exist, and syncs it; after a failure there is none. */
Status idx_write(const char *path, IdxShape shape, const uint8_t *items, int gzip) MUST_CHECK;

#endif
