#ifndef NORMLAB_BASE_SAME_FILE_H
#define NORMLAB_BASE_SAME_FILE_H
/* Whether processes, perhaps on different computers, see the same file. Not collective. */
#include "base/status.h"

/* Room for what the functions below write: 16 hexadecimal digits. */
enum { SAME_FILE_TEXT = 17 };

/* Writes what tells a file from all others, also from equal copies, without reading it: its size,
 * its number in the file system and when it was changed. Of a folder it is made of its entries. The
 * same file of a shared file system has the same identity on all computers. STATUS_FILE if there is
 * no such file, or the folder cannot be listed. */
Status same_file_identity(char text[SAME_FILE_TEXT], const char *path) MUST_CHECK;

/* Writes a hash of the file's content. STATUS_FILE if it cannot be read. */
Status same_file_hash(char text[SAME_FILE_TEXT], const char *path) MUST_CHECK;

#endif
