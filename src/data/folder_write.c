#include "data/folder.h"

#include "file_write.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Writing {
  char *temporary[FOLDER_FILES], *target[FOLDER_FILES];
  int is_written[FOLDER_FILES];
} Writing;

/* Calls visit for every file that exists, in any spelling. */
static Status visit_existing(const char *folder, Status (*visit)(const char *path)) {
  for (int i = 0; i < FOLDER_FILES; i++)
    for (int spelling = 0; spelling < FOLDER_SPELLINGS; spelling++) {
      char *path = folder_path(folder, i, spelling);
      if (!path) return status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
      struct stat about;
      Status status = status_ok();
      if (lstat(path, &about) == 0) status = visit(path);
      free(path);
      TRY(status);
    }
  return status_ok();
}

static Status refuse(const char *path) {
  return status_error(STATUS_FILE, "%s: exists already; --overwrite replaces it", path);
}

static Status delete (const char *path) {
  if (unlink(path) == 0) return status_ok();
  return status_errno(STATUS_FILE, errno, "%s: cannot delete", path);
}

static Status write_all(Writing *writing, const char *folder, const IdxShape *shape,
                        const uint8_t *const items[FOLDER_FILES], int gzip) {
  for (int i = 0; i < FOLDER_FILES; i++) {
    writing->target[i] = folder_path(folder, i, gzip ? 2 : 0);
    if (!writing->target[i] ||
        asprintf(&writing->temporary[i], "%s.%ld.tmp", writing->target[i], (long)getpid()) < 0) {
      writing->temporary[i] = NULL;
      return status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
    }
    TRY(idx_write(writing->temporary[i], shape[i], items[i], gzip));
    writing->is_written[i] = 1;
  }
  /* Killed between two renames, the folder lacks files; it never mixes those of two sets. */
  TRY(visit_existing(folder, delete));
  for (int i = 0; i < FOLDER_FILES; i++) {
    if (rename(writing->temporary[i], writing->target[i]) != 0)
      return status_errno(STATUS_FILE, errno, "%s: cannot rename to %s", writing->temporary[i],
                          writing->target[i]);
    writing->is_written[i] = 0;
  }
  return folder_sync(folder);
}

Status folder_write(const char *folder, const IdxShape *shape,
                    const uint8_t *const items[FOLDER_FILES], int gzip, int overwrite) {
  TRY(folder_make(folder));
  if (!overwrite) TRY(visit_existing(folder, refuse));
  Writing writing = {0};
  Status status = write_all(&writing, folder, shape, items, gzip);
  for (int i = 0; i < FOLDER_FILES; i++) {
    if (writing.is_written[i]) unlink(writing.temporary[i]);
    free(writing.temporary[i]);
    free(writing.target[i]);
  }
  return status;
}
