#include "corrupted_note.h"

#include "base/version.h"
#include "file_write.h"
#include "stream.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_BYTES = 8192 };

/* The lines of the file, each "KEY: VALUE". */
typedef enum Key { KIND, SEVERITY, SEED, ORIGINAL, ORIGINAL_HASH, HASH, FILES, N_KEYS } Key;
static const char *const KEYS[N_KEYS] = {
    [KIND] = "kind",         [SEVERITY] = "severity",           [SEED] = "seed",
    [ORIGINAL] = "original", [ORIGINAL_HASH] = "original hash", [HASH] = "hash",
    [FILES] = "files"};

static int take_number(uint64_t *number, const char *text, int base) {
  char *end;
  if (!isxdigit((unsigned char)text[0])) return 0;
  *number = strtoull(text, &end, base);
  return *end == '\0';
}

static int take_text(char *place, size_t bytes, const char *text) {
  return text[0] && snprintf(place, bytes, "%s", text) < (int)bytes;
}

/* Returns whether the value means something. */
static int take(CorruptedNote *note, Key key, const char *text) {
  uint64_t number = 0;
  switch (key) {
  case KIND:
    return take_text(note->kind, sizeof note->kind, text);
  case ORIGINAL:
    return take_text(note->original, sizeof note->original, text);
  case SEED:
    return take_number(&note->seed, text, 10);
  case ORIGINAL_HASH:
    return take_number(&note->original_hash, text, 16);
  case HASH:
    return take_number(&note->hash, text, 16);
  default:
    break;
  }
  uint64_t most = key == SEVERITY ? CORRUPTION_SEVERITIES : INT_MAX;
  int is_number = take_number(&number, text, 10) && number >= 1 && number <= most;
  *(key == SEVERITY ? &note->severity : &note->n_files) = (int)number;
  return is_number;
}

static Key find_key(const char *line) {
  Key key = 0;
  while (key < N_KEYS && (strncmp(line, KEYS[key], strlen(KEYS[key])) != 0 ||
                          strncmp(line + strlen(KEYS[key]), ": ", 2) != 0))
    key++;
  return key;
}

static Status parse(CorruptedNote *note, char *text, const char *path) {
  int is_given[N_KEYS] = {0}, number = 0;
  for (char *line; (line = strsep(&text, "\n"));) {
    number++;
    if (line[0] == '#' || line[0] == '\0') continue;
    Key key = find_key(line);
    if (key == N_KEYS || is_given[key] || !take(note, key, line + strlen(KEYS[key]) + 2))
      return status_error(STATUS_DATA,
                          "%s: line %d: expected what normlab data corrupt writes, found \"%.60s\"",
                          path, number, line);
    is_given[key] = 1;
  }
  for (int key = 0; key < N_KEYS; key++)
    if (!is_given[key])
      return status_error(STATUS_DATA, "%s: line %d: expected \"%s: \", found its end", path,
                          number, KEYS[key]);
  return status_ok();
}

static Status read_path(CorruptedNote *note, const char *path) {
  char text[MOST_BYTES + 1];
  size_t n = 0;
  struct stat about;
  Stream *stream;
  if (lstat(path, &about) != 0) return status_ok();
  TRY(stream_open(&stream, path));
  Status status = stream_read(stream, text, MOST_BYTES, &n);
  stream_close(stream);
  TRY(status);
  text[n] = '\0';
  note->is_there = 1;
  return parse(note, text, path);
}

static Status no_memory(const char *folder) {
  return status_error(STATUS_MEMORY, "%s: no memory for names of files", folder);
}

Status corrupted_read(CorruptedNote *note, const char *folder) {
  char *path;
  *note = (CorruptedNote){0};
  if (asprintf(&path, "%s/" CORRUPTED_NOTE, folder) < 0) return no_memory(folder);
  Status status = read_path(note, path);
  free(path);
  return status;
}

Status corrupted_check(const CorruptedNote *note, const char *folder, uint64_t hash) {
  if (note->hash == hash) return status_ok();
  return status_error(STATUS_DATA,
                      "%s/" CORRUPTED_NOTE ": describes a data set of hash %016" PRIx64
                      ", but the files beside it have %016" PRIx64
                      ": make the folder anew by normlab data corrupt",
                      folder, note->hash, hash);
}

void corrupted_title(char title[DATA_TITLE], const CorruptedNote *note) {
  char end[CORRUPTED_WORD + 16];
  int n = snprintf(end, sizeof end, ", %s %d", note->kind, note->severity);
  snprintf(title, DATA_TITLE, "%.*s%s", DATA_TITLE - 1 - n, note->original, end);
}

Status corrupted_write(const CorruptedNote *note, const char *folder) {
  char *path = NULL, *text = NULL;
  int n = asprintf(
      &text,
      "# Made by normlab %s (data corrupt): the test images are corrupted, and all else is\n"
      "# as in the original.\n"
      "kind: %s\nseverity: %d\nseed: %" PRIu64 "\noriginal: %s\n"
      "original hash: %016" PRIx64 "\nhash: %016" PRIx64 "\nfiles: %d\n",
      version_number(), note->kind, note->severity, note->seed, note->original, note->original_hash,
      note->hash, note->n_files);
  Status status = n < 0 ? no_memory(folder) : status_ok();
  if (n < 0) text = NULL;
  if (asprintf(&path, "%s/" CORRUPTED_NOTE, folder) < 0) {
    path = NULL;
    status = no_memory(folder);
  }
  const FilePart part = {(const uint8_t *)text, (size_t)n};
  if (status.code == STATUS_OK) status = file_write(path, &part, 1, 0);
  free(path);
  free(text);
  return status;
}
