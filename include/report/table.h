#ifndef NORMLAB_REPORT_TABLE_H
#define NORMLAB_REPORT_TABLE_H
/* Tables of aligned text for a terminal, or of HTML. Not collective.
 *
 *     Table *table = table_new(2, (const char *[]){"<norm", "loss"});
 *     table_cell(table, "batch");
 *     table_cell(table, "%.4f", 0.0312);
 *     TRY(table_finish(table, stdout));
 *
 * A failure to allocate is kept and comes back from table_finish, so nothing else needs a check. */
#include "base/status.h"
#include <stdio.h>

typedef struct Table Table;

/* A title beginning with "<" makes a column aligned to the left; others are aligned to the right,
 * as numbers are. The texts of the titles must live as long as the table. Always to be ended by
 * table_finish or table_finish_html. */
Table *table_new(int n_columns, const char *const titles[]);

/* The next cell, row by row, printf-style. Widths count UTF-8 characters; control characters become
 * "?". */
void table_cell(Table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a number with a format of its own ("%.2f"); "-" where there is none (NaN). */
void table_number(Table *table, const char *format, double number);

/* Prints titles, a rule and the rows, columns two blanks apart, and frees the table.
 * STATUS_MEMORY if a cell could not be stored; nothing is printed then. */
Status table_finish(Table *table, FILE *out) MUST_CHECK;

/* The same as an HTML table: captioned, titles and the first column aligned to the left are headers
 * with a scope, columns aligned to the right have the class n. All text is escaped. */
Status table_finish_html(Table *table, FILE *out, const char *caption) MUST_CHECK;

/* Prints a printf-style paragraph, its lines indented and broken at blanks so that they have at
 * most `width` columns where words allow it; lines after the first two columns further in if
 * indented. Control characters become "?". */
void text_print(FILE *out, int indent, int width, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* STATUS_FILE if what was printed did not reach its place (a full disk, a closed pipe). name is for
 * the message. */
Status output_flush(FILE *out, const char *name) MUST_CHECK;

#endif
