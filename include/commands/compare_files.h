#ifndef NORMLAB_COMMANDS_COMPARE_FILES_H
#define NORMLAB_COMMANDS_COMPARE_FILES_H
/* The files that compare is given, by name or by folder. Not collective. */
#include "base/status.h"
#include <stddef.h>

typedef struct FileList {
  char **file; /* [n], owned */
  size_t n;
} FileList;

/* Adds a file, or all *.h5 directly in a folder, by name. A file that is in the list already, by
 * whatever name, is passed over with a note. What is not there is added, to be complained about
 * when it is read. STATUS_FILE if a folder cannot be read or has no *.h5; STATUS_MEMORY. */
Status file_list_add(FileList *list, const char *path) MUST_CHECK;
void file_list_free(FileList *list);

#endif
