#include "leftover.h"

#include "base/memory.h"
#include "stream.h"
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PIECE = 1 << 16, RSYNC_END = 7 };

static int begins(const char *name, const char *const *stems) {
  for (; *stems; stems++)
    if (strncmp(name, *stems, strlen(*stems)) == 0) return 1;
  return 0;
}

/* Of `data synthesize`, which replaces a set only when all is written: NAME.<number>.tmp. */
static int is_own(const char *name, const char *end) {
  const char *digit = end;
  while (digit > name && isdigit((unsigned char)digit[-1])) digit--;
  return strcmp(end, ".tmp") == 0 && digit < end && digit > name && digit[-1] == '.';
}

static int is_unfinished(const char *name) {
  static const char *const ENDS[] = {".part",     ".partial",    ".tmp",         ".temp",
                                     ".download", ".crdownload", ".aria2",       ".filepart",
                                     ".!qb",      ".opdownload", ".incomplete",  ".bc!",
                                     ".dl",       ".unfinished", ".downloading", NULL};
  size_t length = strlen(name);
  for (int i = 0; ENDS[i]; i++) {
    size_t n = strlen(ENDS[i]);
    if (length > n && strcasecmp(name + length - n, ENDS[i]) == 0)
      return !is_own(name, name + length - n);
  }
  return 0;
}

/* .NAME.Xy12ab */
static int is_rsyncs(const char *name) {
  size_t length = strlen(name);
  if (length <= RSYNC_END || name[length - RSYNC_END] != '.') return 0;
  for (size_t i = length - RSYNC_END + 1; i < length; i++)
    if (!isalnum((unsigned char)name[i])) return 0;
  return 1;
}

Status leftover_refuse(const char *folder, const char *const *stems) {
  DIR *list = opendir(folder);
  Status status = status_ok();
  if (!list) return status;
  for (const struct dirent *entry; status.code == STATUS_OK && (entry = readdir(list));) {
    const char *name = entry->d_name;
    int is_hidden = name[0] == '.';
    if (begins(name + is_hidden, stems) &&
        (is_unfinished(name) || (is_hidden && is_rsyncs(name + 1))))
      status = status_error(STATUS_DATA,
                            "%s/%.200s: is what a download or a copy leaves that has not ended: "
                            "fetch the files anew, then remove it",
                            folder, name);
  }
  closedir(list);
  return status;
}

static Status compare(Stream *a, Stream *b, uint8_t *piece, const char *path, const char *twin) {
  size_t n = PIECE, other;
  for (uint64_t done = 0; n == PIECE; done += n) {
    TRY(stream_read(a, piece, PIECE, &n));
    TRY(stream_read(b, piece + PIECE, PIECE, &other));
    if (n != other || memcmp(piece, piece + PIECE, n) != 0)
      return status_error(STATUS_DATA,
                          "%s and %s: expected the same content, found a difference: remove the "
                          "one that is not meant",
                          path, twin);
  }
  return status_ok();
}

Status twins_check(const char *path, const char *twin) {
  Stream *a = NULL, *b = NULL;
  uint8_t *piece = NULL;
  Status status = memory_allocate(&piece, 2 * (size_t)PIECE, 1, path);
  if (status.code == STATUS_OK) status = stream_open(&a, path);
  if (status.code == STATUS_OK) status = stream_open(&b, twin);
  if (status.code == STATUS_OK) status = compare(a, b, piece, path, twin);
  stream_close(a);
  stream_close(b);
  free(piece);
  return status;
}
