#ifndef NORMLAB_WATCH_CHART_H
#define NORMLAB_WATCH_CHART_H
/* Curves drawn with characters: Braille patterns of 2 x 4 dots where the terminal has them, stars
 * and points otherwise. Allocates nothing. */
#include <stddef.h>

enum { CHART_COLUMNS = 200, CHART_ROWS = 16, CHART_SERIES = 2 };

typedef struct Chart {
  int columns, rows, is_unicode, is_log;
  double low, high; /* what bottom and top stand for; NaN before the first number */
  unsigned char dots[CHART_SERIES][CHART_ROWS][CHART_COLUMNS];
} Chart;

/* columns and rows are cut to what there is room for. is_log: the axis is logarithmic, and numbers
 * that are not above 0 are left out, as infinite ones and NaN always are. */
void chart_begin(Chart *chart, int columns, int rows, int is_unicode, int is_log);

/* Widens the range to these numbers. To be called for all series before the first is drawn. */
void chart_range(Chart *chart, const double *y, size_t n);

/* Draws y[0 .. n-1] from the first to the last column, neighbours joined by lines. Series 0 goes
 * before series 1 where they meet, and is drawn through; series 1 is dashed. y may be NULL. */
void chart_draw(Chart *chart, int series, const double *y, size_t n);

/* The character of a cell, row 0 at the top, and the series it belongs to; -1 for a blank. */
int chart_cell(char text[4], const Chart *chart, int row, int column);

#endif
