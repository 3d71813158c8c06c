#ifndef NORMLAB_STORE_CONTENTS_H
#define NORMLAB_STORE_CONTENTS_H
/* Whole files as bytes: checked when read, on the disk when written. */
#include "header.h"

typedef enum Condition {
  CONTENTS_GOOD,
  CONTENTS_MISSING,
  CONTENTS_DAMAGED, /* or not a result file; the generation before may be better */
  CONTENTS_REFUSED  /* no permission, not a regular file, written by a newer normlab, no memory */
} Condition;

typedef struct Contents {
  Condition condition;
  Header header; /* zeros if it is not good itself */
  char *bytes;   /* NULL unless CONTENTS_GOOD */
  size_t n;
} Contents;

/* Header, length and hash have been checked on success. */
Status contents_read(Contents *contents, const char *path) MUST_CHECK;
/* The bytes of any file, unchecked; header is zeros. */
Status contents_read_any(Contents *contents, const char *path) MUST_CHECK;
void contents_free(Contents *contents);

/* Makes a file, which may not be there, writes and syncs it. On failure it is removed. */
Status contents_write(const char *path, const char *bytes, size_t n) MUST_CHECK;

/* Makes renames in this folder durable. */
Status contents_sync_folder(const char *folder) MUST_CHECK;

#endif
