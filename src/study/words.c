#include "study/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Scan {
  const char *from;
  char *out;
} Scan;

/* Takes what is quoted by one quotation mark; 0 if it is not closed. */
static int take_quoted(Scan *scan) {
  char quote = *scan->from++;
  while (*scan->from && *scan->from != quote) {
    if (quote == '"' && *scan->from == '\\' && scan->from[1] && strchr("\"\\$`", scan->from[1]))
      scan->from++;
    *scan->out++ = *scan->from++;
  }
  return *scan->from ? (scan->from++, 1) : 0;
}

/* Takes one word and ends it; 0 if a quote in it is not closed. */
static int take_word(Scan *scan) {
  while (*scan->from && !strchr(" \t", *scan->from)) {
    if (strchr("'\"", *scan->from)) {
      if (!take_quoted(scan)) return 0;
      continue;
    }
    if (*scan->from == '\\' && !*++scan->from) return 0;
    *scan->out++ = *scan->from++;
  }
  *scan->out++ = '\0';
  return 1;
}

Status words_split(WordLine *line, Pool *pool, const char *text, const char *place) {
  size_t length = strlen(text);
  Scan scan = {.from = text};
  line->n = 0;
  TRY(pool_items(pool, &line->words, length / 2 + 2, sizeof *line->words));
  TRY(pool_items(pool, &scan.out, length + 2, 1));
  for (;;) {
    scan.from += strspn(scan.from, " \t");
    if (!*scan.from) return status_ok();
    line->words[line->n++] = scan.out;
    if (!take_word(&scan))
      return status_error(STATUS_USAGE, "%s: a quote is not closed: %.200s", place, text);
  }
}

static Status check_characters(const char *text, const char *place) {
  for (const char *c = text; *c; c++)
    if (((unsigned char)*c < ' ' && *c != '\t') || *c == 127)
      return status_error(STATUS_USAGE,
                          "%s: column %d has the character \\x%02x, which does not print; remove "
                          "it",
                          place, (int)(c - text) + 1, (unsigned)(unsigned char)*c);
  return status_ok();
}

static Status read_line(WordLine **lines, int *n, Pool *pool, char *text, const char *place) {
  size_t length = strlen(text);
  if (length > 0 && text[length - 1] == '\r') text[length - 1] = '\0';
  TRY(check_characters(text, place));
  const char *start = text + strspn(text, " \t");
  if (!*start || *start == '#') return status_ok();
  TRY(words_split(&(*lines)[*n], pool, start, place));
  ++*n;
  return status_ok();
}

static Status read_lines(WordLine **lines, int *n, Pool *pool, char *text, const char *file) {
  int number = 0;
  for (char *next = text; next;) {
    char *line = next, *place;
    next = strchr(line, '\n');
    if (next) *next++ = '\0';
    TRY(pool_text(pool, &place, "%s:%d", file, ++number));
    int before = *n;
    TRY(read_line(lines, n, pool, line, place));
    if (*n > before) (*lines)[before].line = number;
  }
  return status_ok();
}

/* All of a file, in the pool. */
static Status read_file(char **text, size_t *bytes, Pool *pool, const char *path) {
  enum { MOST_BYTES = 64 << 20 };
  FILE *file = fopen(path, "re");
  if (!file) return status_errno(STATUS_FILE, errno, "%s: cannot be opened", path);
  size_t room = 1 << 16, used = 0, got = 1;
  char *all = NULL;
  for (; got > 0 && room <= MOST_BYTES; room *= 2) {
    char *more = realloc(all, room);
    if (!more) break;
    all = more;
    got = fread(all + used, 1, room - 1 - used, file);
    used += got;
  }
  int error = ferror(file) ? errno : 0;
  fclose(file);
  TRY(pool_keep(pool, all));
  if (error) return status_errno(STATUS_FILE, error, "%s: cannot be read", path);
  if (got > 0) return status_error(STATUS_USAGE, "%s: longer than a list can be", path);
  all[used] = '\0';
  *text = all;
  *bytes = used;
  return status_ok();
}

Status words_read(WordLine **lines, int *n, Pool *pool, const char *file) {
  static const char MARK[] = "\xef\xbb\xbf";
  char *text = NULL;
  size_t bytes = 0, most = 1;
  *n = 0;
  TRY(read_file(&text, &bytes, pool, file));
  if (strlen(text) < bytes)
    return status_error(STATUS_USAGE, "%s: not a text: byte %zu is 0", file, strlen(text) + 1);
  for (const char *c = text; *c; c++) most += *c == '\n';
  TRY(pool_items(pool, lines, most, sizeof **lines));
  return read_lines(lines, n, pool, text + (strncmp(text, MARK, 3) == 0 ? 3 : 0), file);
}
