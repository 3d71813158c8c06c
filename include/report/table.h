#ifndef NORMLAB_REPORT_TABLE_H
#define NORMLAB_REPORT_TABLE_H
/* Tables of aligned text for a terminal, or of HTML. Not collective.
 *
 *     Table *table = table_new(2, (const char *[]){"<norm", "loss"});
 *     table_cell(table, "batch");
 *     table_cell(table, "%.4f", 0.0312);
 *     TRY(table_finish(table, stdout));
 *
 * If an allocation fails, the table keeps this in mind and table_finish() returns it, so nothing
 * else needs a check. */
#include "base/status.h"
#include <stdio.h>

typedef struct Table Table;

/* Makes a table. A column whose title begins with "<" is aligned to the left; the others are
 * aligned to the right, as numbers are. The texts of the titles must live as long as the table.
 * The caller must end each table by table_finish() or table_finish_html(), which free it. */
Table *table_new(int n_columns, const char *const titles[]);

/* Adds the next cell, printf-style; cells fill the table row by row. Widths count UTF-8
 * characters. Control characters become "?". */
void table_cell(Table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a cell with a number in a printf format of its own, such as "%.2f"; the cell is "-" if the
 * number is NaN. */
void table_number(Table *table, const char *format, double number);

/* Prints the titles, a rule and the rows, with two blanks between columns, and frees the table.
 * Returns STATUS_MEMORY if a cell could not be stored; nothing is printed then. */
Status table_finish(Table *table, FILE *out) MUST_CHECK;

/* Prints the table as HTML with a caption, and frees it, as table_finish() does. The titles, and
 * the cells of a first column that is aligned to the left, are header cells with a scope. The
 * cells of columns that are aligned to the right have the class n. A column with "-" in every row
 * is left out. All text is escaped. */
Status table_finish_html(Table *table, FILE *out, const char *caption) MUST_CHECK;

/* Prints a printf-style paragraph. Its lines are indented, and are broken at blanks so that they
 * have at most `width` columns where the words allow it. If indent is above 0, the lines after the
 * first begin two columns further to the right. Control characters become "?". */
void text_print(FILE *out, int indent, int width, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Flushes `out`. Returns STATUS_FILE if what was printed did not reach its place, because the disk
 * is full or the pipe is closed. `name` is what the message calls the place. */
Status output_flush(FILE *out, const char *name) MUST_CHECK;

#endif
