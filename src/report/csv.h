#ifndef NORMLAB_REPORT_CSV_H
#define NORMLAB_REPORT_CSV_H
/* Reads comma-separated values (RFC 4180): cells between commas, of which those with commas, line
 * ends or quotation marks stand in quotation marks. Lines end with LF or CRLF, a byte order mark is
 * passed over, and so are blanks around a cell that is not quoted and lines that are empty.
 *
 * Before the first line, which has the names of the columns, there may be a head of lines that
 * begin with "#". Those of the form "# NAME: VALUE" are kept, all others are comments. Not
 * collective. */
#include "base/status.h"
#include <stddef.h>

/* A name of the head, or of a column, and the line of the file where it stands. */
typedef struct CsvName {
  const char *name;
  const char *value; /* of a name of the head; NULL for a column */
  int line;
} CsvName;

typedef struct CsvFile {
  char *bytes; /* the file; names and cells point into it */
  CsvName *head, *columns;
  size_t n_head, n_columns, n_lines;
  const char **cells; /* [n_lines][n_columns] */
  int *line;          /* [n_lines]: the line of the file in which each begins */
} CsvFile;

enum { CSV_MOST_BYTES = 1 << 28 };

/* Reads a file. Returns STATUS_FILE if it cannot be opened or read, or is no file of bytes;
 * STATUS_DATA with "FILE:LINE: ..." if it has no line of names, a zero byte, a quotation mark where
 * none may be, or a line with more or fewer cells than names; STATUS_MEMORY. The caller frees it by
 * csv_free(); after a failure there is nothing to free. */
Status csv_read(CsvFile *csv, const char *file) MUST_CHECK;
void csv_free(CsvFile *csv);

#endif
