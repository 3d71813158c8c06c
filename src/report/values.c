#include "report/values.h"

#include "base/memory.h"
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Status values_example(Values *values) {
  static const double x[] = {2, 3, 5, 7,  11, 13, 17, 19, 0, 1, 1, 2,
                             3, 5, 8, 13, 1,  2,  3,  4,  5, 6, 7, 8};
  *values = (Values){.n = 3, .c = 4, .h = 1, .w = 2};
  TRY(memory_allocate(&values->x, sizeof x / sizeof *x, sizeof *x, "values"));
  memcpy(values->x, x, sizeof x);
  return status_ok();
}

/* Where the reader is. */
typedef struct Reader {
  const char *file;
  int line;
  Values *values;
  size_t n, expected; /* numbers read and to be read */
} Reader;

static Status read_sizes(Reader *r, char *text) {
  int *sizes[] = {&r->values->n, &r->values->c, &r->values->h, &r->values->w};
  size_t n_sizes = 0, product = 1;
  char *rest = text;
  for (char *word; (word = strtok_r(rest, " \t\r\n", &rest)); n_sizes++) {
    char *end;
    long size = strtol(word, &end, 10);
    if (n_sizes == 4 || *end || size < 1)
      return status_error(STATUS_DATA,
                          "%s:%d: the first line is the sizes N C H W, four numbers from 1; "
                          "found \"%.40s\"",
                          r->file, r->line, word);
    product = size > VALUES_MAX ? VALUES_MAX + 1 : product * (size_t)size;
    if (product > VALUES_MAX)
      return status_error(STATUS_DATA, "%s:%d: N x C x H x W is more than %d", r->file, r->line,
                          VALUES_MAX);
    *sizes[n_sizes] = (int)size;
  }
  if (n_sizes != 4)
    return status_error(STATUS_DATA, "%s:%d: the first line is the sizes N C H W; found %zu of 4",
                        r->file, r->line, n_sizes);
  r->expected = product;
  return memory_allocate(&r->values->x, product, sizeof *r->values->x, "values");
}

static Status read_numbers(Reader *r, char *text) {
  char *rest = text;
  for (char *word; (word = strtok_r(rest, " \t\r\n", &rest));) {
    char *end;
    double x = strtod(word, &end);
    if (*end || !isfinite(x))
      return status_error(STATUS_DATA, "%s:%d: \"%.40s\" is not a finite number", r->file, r->line,
                          word);
    if (r->n == r->expected)
      return status_error(STATUS_DATA, "%s:%d: more than the %zu numbers of %d x %d x %d x %d",
                          r->file, r->line, r->expected, r->values->n, r->values->c, r->values->h,
                          r->values->w);
    r->values->x[r->n++] = x;
  }
  return status_ok();
}

static Status read_line(Reader *r, char *text, size_t length) {
  if (strlen(text) != length)
    return status_error(STATUS_DATA, "%s:%d: a zero byte in a text file", r->file, r->line);
  text[strcspn(text, "#")] = '\0';
  if (text[strspn(text, " \t\r\n")] == '\0') return status_ok();
  return r->expected == 0 ? read_sizes(r, text) : read_numbers(r, text);
}

static Status read_lines(Reader *r, FILE *stream) {
  char *text = NULL;
  size_t bytes = 0;
  ssize_t length;
  Status status = status_ok();
  while (status.code == STATUS_OK && (length = getline(&text, &bytes, stream)) >= 0) {
    r->line++;
    status = read_line(r, text, (size_t)length);
  }
  if (status.code == STATUS_OK && !feof(stream))
    status = status_errno(STATUS_FILE, errno, "%s: cannot be read", r->file);
  if (status.code == STATUS_OK && r->expected == 0)
    status = status_error(STATUS_DATA, "%s:%d: no sizes N C H W", r->file, r->line ? r->line : 1);
  if (status.code == STATUS_OK && r->n < r->expected)
    status = status_error(STATUS_DATA, "%s:%d: ends after %zu of %zu numbers", r->file, r->line,
                          r->n, r->expected);
  free(text);
  return status;
}

Status values_read(Values *values, const char *file) {
  *values = (Values){0};
  FILE *stream = fopen(file, "r");
  if (!stream) return status_errno(STATUS_FILE, errno, "%s: cannot be opened", file);
  Reader reader = {.file = file, .values = values};
  Status status = read_lines(&reader, stream);
  fclose(stream);
  if (status.code != STATUS_OK) values_free(values);
  return status;
}

void values_free(Values *values) {
  free(values->x);
  *values = (Values){0};
}
