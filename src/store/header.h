#ifndef NORMLAB_STORE_HEADER_H
#define NORMLAB_STORE_HEADER_H
/* The text before the HDF5 part of a result file. It has 512 bytes because this is one of the
 * places where every HDF5 reader looks for the signature, so HDF5 opens the file as it is. Not
 * collective. */
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

enum { HEADER_BYTES = 512 };

typedef struct Header {
  uint64_t length;  /* the number of bytes after the header */
  uint64_t hash;    /* the XXH3-64 of these bytes */
  uint64_t attempt; /* the number of the start of the run that wrote the file */
} Header;

/* Returns the XXH3-64 of n bytes. */
uint64_t header_hash(const void *bytes, size_t n);

/* Writes all HEADER_BYTES, without a NUL. */
void header_write(char *text, const Header *header);

/* Returns whether these bytes begin as a result file of any format does. */
int header_is_ours(const char *text, size_t n);

/* Reads a header. Returns STATUS_DATA if the n bytes of text are not a whole, undamaged header;
 * *newer is 1 if the reason is that a newer format wrote it. `file` is for messages. */
Status header_read(Header *header, int *newer, const char *file, const char *text,
                   size_t n) MUST_CHECK;

#endif
