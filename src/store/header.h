#ifndef NORMLAB_STORE_HEADER_H
#define NORMLAB_STORE_HEADER_H
/* The text before the HDF5 part of a result file. 512 is one of the places where every HDF5 reader
 * looks for the signature, so that it opens the file as it is. */
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

enum { HEADER_BYTES = 512 };

typedef struct Header {
  uint64_t length;  /* bytes after the header */
  uint64_t hash;    /* XXH3-64 of these */
  uint64_t attempt; /* which start of the run wrote it */
} Header;

uint64_t header_hash(const void *bytes, size_t n);

/* Writes all HEADER_BYTES, no NUL. */
void header_write(char *text, const Header *header);

/* Whether these bytes begin as a result file of some format does. */
int header_is_ours(const char *text, size_t n);

/* STATUS_DATA if the n bytes of text are not a whole, undamaged header; *newer = 1 if that is
 * because a newer format wrote it. */
Status header_read(Header *header, int *newer, const char *file, const char *text,
                   size_t n) MUST_CHECK;

#endif
