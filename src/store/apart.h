#ifndef NORMLAB_STORE_APART_H
#define NORMLAB_STORE_APART_H
/* Reads files in a process of its own. HDF5 crashes, hangs or takes all memory on some files that
 * something else has made or that were damaged on purpose, and no check sum tells which: anybody
 * can compute it. So a child process gives the file to HDF5 and hands over the record that it has
 * read; this process never gives HDF5 anything to read. It takes some milliseconds. Not
 * collective. */
#include "contents.h"
#include "store/record.h"

/* Fills an empty record from a file's bytes, in the child. */
typedef Status ReadBytes(Record *record, const char *file, const Contents *contents);

/* Lets a child process do that; the record must be empty. The child ends after three seconds of
 * computing (more for a large file), or if it takes much more memory than the file has bytes.
 * Returns the child's own failure; STATUS_DATA if it crashed or took too long, or if what it hands
 * over makes no record; STATUS_MEMORY if it cannot be started. `file` is for messages. After a
 * failure the record is empty. */
Status read_apart(Record *record, const char *file, const Contents *contents,
                  ReadBytes *read) MUST_CHECK;

#endif
