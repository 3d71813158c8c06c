#ifndef NORMLAB_REPORT_CSV_WRITE_H
#define NORMLAB_REPORT_CSV_WRITE_H
/* Writes comma-separated values (RFC 4180, but with line feeds), which report/csv.h reads. What is
 * not known is an empty cell. Bytes that are no UTF-8 become U+FFFD. Not collective. */
#include <stdint.h>
#include <stdio.h>

typedef struct Csv {
  FILE *out;
  int has_cells; /* 1: the line has begun */
} Csv;

void csv_put_text(Csv *csv, const char *text);
void csv_put_number(Csv *csv, double number); /* in the fewest digits that read back the same */
void csv_put_count(Csv *csv, int64_t count);  /* -1: not known */
void csv_end_line(Csv *csv);

#endif
