#ifndef NORMLAB_DATA_CIFAR_H
#define NORMLAB_DATA_CIFAR_H
/* Reads files of CIFAR-10's binary version (A. Krizhevsky, "Learning multiple layers of features
 * from tiny images", 2009). A file is a row of records. A record is one byte of label, 0 to 9, and
 * 3,072 bytes of pixels [3][32][32], red before green before blue. There is no header, so the
 * number of records follows from the file's length. A file may be compressed by gzip, which is
 * told from its content; it is then decompressed once to learn its length.
 *
 * A file must have at least 1 record and at most 16 GiB. All errors name the file. STATUS_DATA is
 * for a wrong content, with the byte offset, what was expected and what was found. STATUS_FILE is
 * for a file that cannot be opened or read, or is not a regular file. Not collective. */
#include "base/status.h"
#include <stdint.h>

enum {
  CIFAR_CHANNELS = 3,
  CIFAR_SIDE = 32,
  CIFAR_PIXELS = CIFAR_CHANNELS * CIFAR_SIDE * CIFAR_SIDE,
  CIFAR_RECORD = 1 + CIFAR_PIXELS,
  CIFAR_CLASSES = 10
};

typedef struct CifarFile CifarFile;

/* Opens a file and counts its records. The caller closes the file by cifar_close(). After a
 * failure *file is NULL. */
Status cifar_open(CifarFile **file, const char *path) MUST_CHECK;
/* Closes a file. */
void cifar_close(CifarFile *file); /* it may be NULL */

/* Return the path of a file, whether it is compressed, and the number of its records. */
const char *cifar_path(const CifarFile *file);
int cifar_is_gzip(const CifarFile *file);
int cifar_count(const CifarFile *file);

/* Reads all records into pixels [n][3][32][32] and labels [n], where n is cifar_count(). It may be
 * called once for each file. */
Status cifar_read(CifarFile *file, uint8_t *pixels, uint8_t *labels) MUST_CHECK;

#endif
