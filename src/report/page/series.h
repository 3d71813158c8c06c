#ifndef NORMLAB_REPORT_SERIES_H
#define NORMLAB_REPORT_SERIES_H
/* How variants look in plots and legends. The variants of a plot all look different, also without
 * colour. Not collective. */
#include <stdio.h>

enum {
  N_SERIES_COLOURS = 8,
  N_RAMP_COLOURS = 8,
  N_COLOURS = N_SERIES_COLOURS + N_RAMP_COLOURS,
  SERIES_MOST = 12
};

typedef struct Colour {
  int red, green, blue;
} Colour;

/* The colours of Okabe and Ito without black and yellow, and two more for phases; then those of
 * viridis (van der Walt and Smith 2015) without the lightest, for values in a row. page.css has the
 * colours of a page by theme, as --c1 and so on. */
extern const Colour SERIES_COLOURS[N_COLOURS];

typedef struct Series {
  int colour;         /* the index in SERIES_COLOURS */
  int point;          /* gnuplot's number of the marker; in its SVG this is gpPt<point - 1> */
  const char *dashes; /* the lengths of dashes and gaps; "" for a line without gaps */
} Series;

/* Returns the look of the i-th variant of the ranking, from 0. */
Series series_of(size_t i);

/* Returns the look of the rank-th of n variants in a row, from 0: from dark to light. */
Series series_in_order(size_t rank, size_t n);

/* Prints a colour for gnuplot: "rgb '#0072b2'". */
void series_print_colour(FILE *out, int colour);
/* Prints the style of a line for gnuplot: " lc rgb .. dt .. pt ..". */
void series_print_style(FILE *out, Series series);

#endif
