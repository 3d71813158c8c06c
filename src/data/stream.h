#ifndef NORMLAB_DATA_STREAM_H
#define NORMLAB_DATA_STREAM_H
/* Reads the content of a regular file, which is plain or compressed by gzip. Compression is told
 * by the first two bytes, not by the name. A gzip file may have several members, and the checksum
 * of each is verified. Not collective. */
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct Stream Stream;

/* Opens a file. Returns STATUS_FILE if it cannot be opened or is not a regular file; it never
 * waits for a writer of a FIFO. The caller closes the stream by stream_close(). */
Status stream_open(Stream **stream, const char *path) MUST_CHECK;
/* Reads up to `bytes` bytes of content and sets *got to their number. *got < bytes means that the
 * content has ended and all checksums are right. A read error is STATUS_FILE, and damage of the
 * compression STATUS_DATA. */
Status stream_read(Stream *stream, void *out, size_t bytes, size_t *got) MUST_CHECK;
void stream_close(Stream *stream); /* it may be NULL */
/* Reads a text file as a whole into text [most + 1], and ends it by a NUL. Returns STATUS_DATA also
 * if it has more than `most` bytes, or a NUL of its own. */
Status stream_text(char *text, size_t most, const char *path) MUST_CHECK;

/* Return the path of the file, and whether it is compressed. */
const char *stream_path(const Stream *stream);
int stream_is_gzip(const Stream *stream);
/* Returns an upper bound of the size of the content: the size of the file, for gzip times what
 * deflate can make of it. */
uint64_t stream_limit(const Stream *stream);
/* Returns what byte numbers count, for messages. */
const char *stream_unit(const Stream *stream);

#endif
