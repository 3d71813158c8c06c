#include "report/table.h"

#include "base/log.h"
#include "report/markup.h"
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct Table {
  const char **titles;
  int n_columns;
  char **cells;
  size_t n, capacity;
  int is_broken;
};

Table *table_new(int n_columns, const char *const titles[]) {
  BUG_IF(n_columns < 1);
  Table *table = calloc(1, sizeof *table);
  if (!table) return NULL;
  table->titles = malloc((size_t)n_columns * sizeof *table->titles);
  if (!table->titles) {
    free(table);
    return NULL;
  }
  for (int i = 0; i < n_columns; i++) table->titles[i] = titles[i];
  table->n_columns = n_columns;
  return table;
}

void table_cell(Table *table, const char *format, ...) {
  if (!table || table->is_broken) return;
  if (table->n == table->capacity) {
    size_t capacity = table->capacity ? 2 * table->capacity : 64;
    char **cells = reallocarray(table->cells, capacity, sizeof *cells);
    if (!cells) {
      table->is_broken = 1;
      return;
    }
    table->cells = cells;
    table->capacity = capacity;
  }
  va_list arguments;
  va_start(arguments, format);
  char *text;
  if (vasprintf(&text, format, arguments) < 0) {
    table->is_broken = 1;
  } else {
    for (char *p = text; *p; p++)
      if ((unsigned char)*p < ' ' || *p == 127) *p = '?';
    table->cells[table->n++] = text;
  }
  va_end(arguments);
}

void table_number(Table *table, const char *format, double number) {
  if (isnan(number))
    table_cell(table, "-");
  else
    table_cell(table, format, number);
}

static int text_width(const char *text) {
  int width = 0;
  for (; *text; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
  return width;
}

static int is_left(const Table *table, int column) {
  return table->titles[column][0] == '<';
}

static void print_line(FILE *out, const Table *table, const int *widths, char *const *cells) {
  int blanks = 0;
  for (int i = 0; i < table->n_columns; i++) {
    int left = is_left(table, i);
    const char *text = cells ? cells[i] : table->titles[i] + left;
    int padding = widths[i] - text_width(text);
    if (!left) blanks += padding;
    fprintf(out, "%*s%s", blanks, "", text);
    blanks = 2 + (left ? padding : 0);
  }
  fputc('\n', out);
}

static void print_rule(FILE *out, const Table *table, const int *widths) {
  for (int i = 0; i < table->n_columns; i++) {
    fputs(i ? "  " : "", out);
    for (int k = 0; k < widths[i]; k++) fputc('-', out);
  }
  fputc('\n', out);
}

static void print_text(const Table *table, FILE *out, int *widths) {
  int columns = table->n_columns;
  for (int i = 0; i < columns; i++)
    widths[i] = text_width(table->titles[i]) - (table->titles[i][0] == '<');
  for (size_t k = 0; k < table->n; k++) {
    int width = text_width(table->cells[k]);
    if (width > widths[k % (size_t)columns]) widths[k % (size_t)columns] = width;
  }
  print_line(out, table, widths, NULL);
  print_rule(out, table, widths);
  for (size_t k = 0; k < table->n; k += (size_t)columns)
    print_line(out, table, widths, table->cells + k);
}

/* Whether a column says nothing in any of its rows, of which there are some. */
static int is_empty(const Table *table, int column) {
  for (size_t k = (size_t)column; k < table->n; k += (size_t)table->n_columns)
    if (strcmp(table->cells[k], "-") != 0) return 0;
  return table->n > 0;
}

static void print_html_row(FILE *out, const Table *table, char *const *cells, int header) {
  fputs("<tr>", out);
  for (int i = 0; i < table->n_columns; i++) {
    if (is_empty(table, i)) continue;
    const char *kind = i == header ? "th scope=\"row\"" : "td";
    fprintf(out, "<%s%s>", kind, is_left(table, i) ? "" : " class=\"n\"");
    html_text(out, cells[i]);
    fputs(i == header ? "</th>" : "</td>", out);
  }
  fputs("</tr>\n", out);
}

static void print_html(const Table *table, FILE *out, const char *caption) {
  int header = 0;
  while (header + 1 < table->n_columns && !is_left(table, header)) header++;
  fputs("<table>\n", out);
  html_caption(out, caption);
  fputs("<thead><tr>", out);
  for (int i = 0; i < table->n_columns; i++) {
    if (is_empty(table, i)) continue;
    fprintf(out, "<th scope=\"col\"%s>", is_left(table, i) ? "" : " class=\"n\"");
    html_text(out, table->titles[i] + is_left(table, i));
    fputs("</th>", out);
  }
  fputs("</tr></thead>\n<tbody>\n", out);
  for (size_t k = 0; k < table->n; k += (size_t)table->n_columns)
    print_html_row(out, table, table->cells + k, header);
  fputs("</tbody>\n</table>\n", out);
}

/* caption: NULL for text. */
static Status finish(Table *table, FILE *out, const char *caption) {
  if (!table) return status_error(STATUS_MEMORY, "no memory for a table");
  Status status = status_ok();
  int *widths = calloc((size_t)table->n_columns, sizeof *widths);
  if (!widths || table->is_broken) {
    status = status_error(STATUS_MEMORY, "no memory for a table");
  } else {
    BUG_IF(table->n % (size_t)table->n_columns != 0);
    if (caption)
      print_html(table, out, caption);
    else
      print_text(table, out, widths);
  }
  for (size_t k = 0; k < table->n; k++) free(table->cells[k]);
  free(table->cells);
  free(table->titles);
  free(widths);
  free(table);
  return status;
}

Status table_finish(Table *table, FILE *out) {
  return finish(table, out, NULL);
}

Status table_finish_html(Table *table, FILE *out, const char *caption) {
  return finish(table, out, caption);
}

void text_print(FILE *out, int indent, int width, const char *format, ...) {
  char *text;
  va_list arguments;
  va_start(arguments, format);
  int length = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  for (char *p = text; *p; p++)
    if ((unsigned char)*p < ' ' || *p == 127) *p = '?';
  int column = fprintf(out, "%*s", indent, ""), is_first = 1;
  char *rest = text;
  for (char *word; (word = strsep(&rest, " ")); is_first = 0) {
    if (!is_first && column + 1 + text_width(word) > width)
      column = fprintf(out, "\n%*s", indent ? indent + 2 : 0, "") - 1;
    else if (!is_first)
      column += fprintf(out, " ");
    fputs(word, out);
    column += text_width(word);
  }
  fputc('\n', out);
  free(text);
}

Status output_flush(FILE *out, const char *name) {
  errno = 0;
  if (fflush(out) == 0 && !ferror(out)) return status_ok();
  return status_errno(STATUS_FILE, errno ? errno : EIO, "%s: cannot be written", name);
}
