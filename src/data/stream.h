#ifndef NORMLAB_DATA_STREAM_H
#define NORMLAB_DATA_STREAM_H
/* The content of a regular file, plain or gzip-compressed (told by its first two bytes, not by its
 * name). A gzip file may have several members; each one's checksum is verified. */
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct Stream Stream;

/* Fails for what is not a regular file, without waiting for a writer of a FIFO. */
Status stream_open(Stream **stream, const char *path) MUST_CHECK;
/* Reads up to BYTES of content; *got < bytes means the end of it, with all checksums right. A read
 * error is STATUS_FILE, damage of the compression STATUS_DATA. */
Status stream_read(Stream *stream, void *out, size_t bytes, size_t *got) MUST_CHECK;
void stream_close(Stream *stream); /* NULL is allowed */

const char *stream_path(const Stream *stream);
int stream_is_gzip(const Stream *stream);
/* Upper bound of the size of the content: the file's size, times what deflate can make of it. */
uint64_t stream_limit(const Stream *stream);
/* For messages: what byte numbers count. */
const char *stream_unit(const Stream *stream);

#endif
