#include "csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char NAME_LETTERS[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

/* Where the reader is. The bytes end with a zero, at `end`. */
typedef struct Reader {
  const char *file;
  CsvFile *csv;
  char *at, *end;
  int line;
  size_t n_cells, room_for_cells, room_for_lines;
} Reader;

static Status no_memory(const Reader *r) {
  return status_error(STATUS_MEMORY, "%s: no memory for the table", r->file);
}

static Status read_bytes(CsvFile *csv, size_t *n, const char *file, int in, size_t length) {
  csv->bytes = malloc(length + 1);
  if (!csv->bytes) return status_error(STATUS_MEMORY, "%s: no memory for the table", file);
  for (*n = 0; *n < length;) {
    ssize_t got = read(in, csv->bytes + *n, length - *n);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return status_errno(STATUS_FILE, errno, "%s: cannot be read", file);
    if (got == 0) break;
    *n += (size_t)got;
  }
  csv->bytes[*n] = '\0';
  return status_ok();
}

/* Opening does not wait, whatever the name stands for. */
static Status open_bytes(CsvFile *csv, size_t *n, const char *file) {
  struct stat at;
  int in = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (in < 0) return status_errno(STATUS_FILE, errno, "%s: cannot be opened", file);
  Status status = status_ok();
  if (fstat(in, &at) != 0)
    status = status_errno(STATUS_FILE, errno, "%s: cannot be read", file);
  else if (!S_ISREG(at.st_mode))
    status = status_error(STATUS_FILE, "%s: is not a file", file);
  else if (at.st_size > CSV_MOST_BYTES)
    status = status_error(STATUS_DATA, "%s: is larger than %d MB: no table of runs", file,
                          CSV_MOST_BYTES >> 20);
  else
    status = read_bytes(csv, n, file, in, (size_t)at.st_size);
  close(in);
  return status;
}

/* Returns the line, ended by a zero, and goes to the next one. */
static char *take_line(Reader *r) {
  char *line = r->at;
  size_t length = strcspn(line, "\r\n");
  r->at = line + length;
  if (*r->at == '\r' && r->at[1] == '\n') *r->at++ = '\0';
  if (r->at < r->end) *r->at++ = '\0';
  line[length] = '\0';
  r->line++;
  return line;
}

static char *trim(char *text) {
  text += strspn(text, " \t");
  size_t length = strlen(text);
  while (length > 0 && strchr(" \t", text[length - 1])) length--;
  text[length] = '\0';
  return text;
}

static Status read_head(Reader *r) {
  CsvFile *csv = r->csv;
  while (*r->at == '#') {
    int line = r->line;
    char *text = trim(take_line(r) + 1);
    size_t length = strspn(text, NAME_LETTERS);
    if (length == 0 || text[length] != ':' || !strchr(" \t", text[length + 1])) continue;
    CsvName *head = reallocarray(csv->head, csv->n_head + 1, sizeof *head);
    if (!head) return no_memory(r);
    csv->head = head;
    text[length] = '\0';
    csv->head[csv->n_head++] = (CsvName){text, trim(text + length + 1), line};
  }
  return status_ok();
}

/* After the quotation mark that begins a cell; sets *text to what stands between the marks. */
static Status read_quoted(Reader *r, char **text) {
  int first = r->line;
  char *to = r->at;
  *text = to;
  for (; r->at < r->end; r->at++) {
    if (*r->at == '"' && r->at[1] != '"') break;
    if (*r->at == '"') r->at++;
    r->line += *r->at == '\n';
    *to++ = *r->at;
  }
  if (r->at == r->end)
    return status_error(STATUS_DATA, "%s:%d: a quotation mark that begins a cell has no second one",
                        r->file, first);
  r->at++; /* before *to, which may be this mark, becomes the end */
  size_t blanks = strspn(r->at, " \t");
  *to = '\0';
  r->at += blanks;
  if (r->at < r->end && !strchr(",\r\n", *r->at))
    return status_error(STATUS_DATA,
                        "%s:%d: text behind the quotation mark that ends a cell; one inside a cell "
                        "is written twice",
                        r->file, r->line);
  return status_ok();
}

static Status add_cell(Reader *r, const char *text) {
  if (r->n_cells == r->room_for_cells) {
    size_t room = r->room_for_cells ? 2 * r->room_for_cells : 256;
    const char **cells = reallocarray(r->csv->cells, room, sizeof *cells);
    if (!cells) return no_memory(r);
    r->csv->cells = cells;
    r->room_for_cells = room;
  }
  r->csv->cells[r->n_cells++] = text;
  return status_ok();
}

/* Reads the cells of a line, and goes to the next one. */
static Status read_cells(Reader *r) {
  for (;;) {
    char *text = r->at, *blanks_end = text + strspn(text, " \t");
    if (*blanks_end == '"') {
      r->at = blanks_end + 1;
      TRY(read_quoted(r, &text));
    } else {
      r->at += strcspn(r->at, ",\r\n");
    }
    char separator = *r->at;
    int has_mark = *blanks_end != '"' && memchr(text, '"', (size_t)(r->at - text)) != NULL;
    if (has_mark)
      return status_error(STATUS_DATA,
                          "%s:%d: a quotation mark inside a cell: a cell with one stands in "
                          "quotation marks, and those inside are written twice",
                          r->file, r->line);
    if (separator == '\r' && r->at[1] == '\n') *r->at++ = '\0';
    if (r->at < r->end) *r->at++ = '\0';
    TRY(add_cell(r, *blanks_end == '"' ? text : trim(text)));
    if (separator == ',') continue;
    r->line++;
    return status_ok();
  }
}

static Status read_names(Reader *r) {
  CsvFile *csv = r->csv;
  int line = r->line;
  TRY(read_cells(r));
  csv->columns = reallocarray(NULL, r->n_cells, sizeof *csv->columns);
  if (!csv->columns) return no_memory(r);
  csv->n_columns = r->n_cells;
  for (size_t i = 0; i < r->n_cells; i++)
    csv->columns[i] = (CsvName){.name = csv->cells[i], .line = line};
  r->n_cells = 0;
  return status_ok();
}

static Status read_line(Reader *r) {
  CsvFile *csv = r->csv;
  int line = r->line;
  size_t before = r->n_cells;
  TRY(read_cells(r));
  size_t n = r->n_cells - before;
  if (n != csv->n_columns)
    return status_error(STATUS_DATA, "%s:%d: has %zu cells, but there are %zu names of columns",
                        r->file, line, n, csv->n_columns);
  if (csv->n_lines == r->room_for_lines) {
    size_t room = r->room_for_lines ? 2 * r->room_for_lines : 64;
    int *lines = reallocarray(csv->line, room, sizeof *lines);
    if (!lines) return no_memory(r);
    csv->line = lines;
    r->room_for_lines = room;
  }
  csv->line[csv->n_lines++] = line;
  return status_ok();
}

static void skip_empty(Reader *r) {
  while (r->at < r->end && !r->at[strspn(r->at, " \t")]) r->at = r->end;
  while (r->at < r->end && strchr("\r\n", r->at[strspn(r->at, " \t")])) (void)take_line(r);
}

static Status read_all(Reader *r, size_t n) {
  const char *zero = memchr(r->csv->bytes, '\0', n);
  if (zero) {
    for (const char *at = r->csv->bytes; at < zero; at++) r->line += *at == '\n';
    return status_error(STATUS_DATA,
                        "%s:%d: a zero byte: a table is text in UTF-8, with commas between cells",
                        r->file, r->line);
  }
  if (strncmp(r->at, "\xef\xbb\xbf", 3) == 0) r->at += 3;
  TRY(read_head(r));
  skip_empty(r);
  if (r->at == r->end)
    return status_error(STATUS_DATA, "%s:%d: no line with the names of the columns", r->file,
                        r->line);
  TRY(read_names(r));
  for (skip_empty(r); r->at < r->end; skip_empty(r)) TRY(read_line(r));
  return status_ok();
}

Status csv_read(CsvFile *csv, const char *file) {
  *csv = (CsvFile){0};
  size_t n = 0;
  Status status = open_bytes(csv, &n, file);
  if (status.code == STATUS_OK) {
    Reader reader = {file, csv, csv->bytes, csv->bytes + n, 1, 0, 0, 0};
    status = read_all(&reader, n);
  }
  if (status.code != STATUS_OK) csv_free(csv);
  return status;
}

void csv_free(CsvFile *csv) {
  free(csv->bytes);
  free(csv->head);
  free(csv->columns);
  free(csv->cells);
  free(csv->line);
  *csv = (CsvFile){0};
}
