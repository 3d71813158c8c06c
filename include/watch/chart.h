#ifndef NORMLAB_WATCH_CHART_H
#define NORMLAB_WATCH_CHART_H
/* Curves drawn with characters: Braille patterns of 2 x 4 dots where the terminal has them, stars
 * and points otherwise. A chart allocates nothing. None of this is collective. */
#include <stddef.h>

enum { CHART_COLUMNS = 200, CHART_ROWS = 16, CHART_SERIES = 2 };

typedef struct Chart {
  int columns, rows, is_unicode, is_log;
  double low, high; /* what bottom and top stand for; NaN before the first number */
  unsigned char dots[CHART_SERIES][CHART_ROWS][CHART_COLUMNS];
} Chart;

/* Makes an empty chart of so many cells, cut to what there is room for. With is_log the axis is
 * logarithmic, and numbers that are not above 0 are left out, as infinite ones and NaN always
 * are. */
void chart_begin(Chart *chart, int columns, int rows, int is_unicode, int is_log);

/* Widens the range of the axis to y[0 .. n-1]. It is called for all series before the first is
 * drawn. y may be NULL. */
void chart_range(Chart *chart, const double *y, size_t n);

/* Draws y[0 .. n-1] from the first to the last column, with neighbours joined by lines. Series 0 is
 * drawn through, and hides series 1 where they meet; series 1 is dashed. y may be NULL. */
void chart_draw(Chart *chart, int series, const double *y, size_t n);

/* Writes the character of a cell, where row 0 is the top one, and returns the series that it
 * belongs to; -1 and an empty text for a blank. */
int chart_cell(char text[4], const Chart *chart, int row, int column);

#endif
