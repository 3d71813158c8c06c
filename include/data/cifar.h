#ifndef NORMLAB_DATA_CIFAR_H
#define NORMLAB_DATA_CIFAR_H
/* Files of CIFAR-10's binary version (A. Krizhevsky, "Learning multiple layers of features from
 * tiny images", 2009), plain or gzip-compressed (told by the content): records of a label, 0 .. 9,
 * and 3,072 bytes of pixels, [3][32][32], red before green before blue. There is no header, so a
 * file has as many records as its length says; a compressed one is decompressed once to know it.
 *
 * Accepted: at least 1 record, at most 16 GiB. Errors name the file. STATUS_DATA: the content, with
 * the byte offset, what was expected and what was found; STATUS_FILE: cannot be opened or read, or
 * is not a regular file. Not collective. */
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

/* Opens a file and counts its records. The file is the caller's (cifar_close); NULL after a
 * failure.
 */
Status cifar_open(CifarFile **file, const char *path) MUST_CHECK;
void cifar_close(CifarFile *file); /* NULL is allowed */

const char *cifar_path(const CifarFile *file);
int cifar_is_gzip(const CifarFile *file);
int cifar_count(const CifarFile *file);

/* Reads all records to pixels [n][3][32][32] and labels [n]; once a file. */
Status cifar_read(CifarFile *file, uint8_t *pixels, uint8_t *labels) MUST_CHECK;

#endif
