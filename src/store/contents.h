#ifndef NORMLAB_STORE_CONTENTS_H
#define NORMLAB_STORE_CONTENTS_H
/* Reads and writes whole files as bytes. They are checked when they are read, and are on the disk
 * when they have been written. Not collective. */
#include "header.h"

/* What a file was found to be. */
typedef enum Condition {
  CONTENTS_GOOD,
  CONTENTS_MISSING,
  CONTENTS_DAMAGED, /* the file is damaged, or is not a result file; the generation before it may
                       be better */
  CONTENTS_REFUSED  /* the file may not be read, is no regular file or was written by a newer
                       normlab, or there is no memory */
} Condition;

typedef struct Contents {
  Condition condition;
  Header header; /* zeros if the header itself is not good */
  char *bytes;   /* [n], freed by contents_free(); NULL unless CONTENTS_GOOD */
  size_t n;
  int has_length; /* the content is as long as the header says */
} Contents;

/* Reads a result file. After success the header, the length and the hash have been checked. */
Status contents_read(Contents *contents, const char *path) MUST_CHECK;
/* Reads any file, which is not checked; the header is zeros. */
Status contents_read_any(Contents *contents, const char *path) MUST_CHECK;
void contents_free(Contents *contents);

/* Makes a file, which must not exist before, writes it and syncs it. After a failure it is
 * removed. */
Status contents_write(const char *path, const char *bytes, size_t n) MUST_CHECK;

/* Makes renames in this folder durable. */
Status contents_sync_folder(const char *folder) MUST_CHECK;

#endif
