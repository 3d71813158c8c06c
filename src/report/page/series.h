#ifndef NORMLAB_REPORT_SERIES_H
#define NORMLAB_REPORT_SERIES_H
/* How variants look in plots and legends: no two alike, also without colour. */
#include <stdio.h>

enum { N_SERIES_COLOURS = 8, SERIES_MOST = 12 };

typedef struct Colour {
  int red, green, blue;
} Colour;

/* Okabe and Ito's, without black and yellow, and two more for phases. page.css has those of a page
 * as --c1 and so on, by theme. */
extern const Colour SERIES_COLOURS[N_SERIES_COLOURS];

typedef struct Series {
  int colour;         /* of SERIES_COLOURS */
  int point;          /* gnuplot's number of the marker; in its SVG this is gpPt<point - 1> */
  const char *dashes; /* lengths, "" for a line without gaps */
} Series;

/* Of the i-th variant of the ranking, from 0. */
Series series_of(size_t i);

/* "rgb '#0072b2'", for gnuplot. */
void series_print_colour(FILE *out, int colour);
/* " lc rgb .. dt .. pt ..", for gnuplot. */
void series_print_style(FILE *out, Series series);
/* Begins the command: "plot $v0 using 1:3:4 with ..", the band of each of n variants. */
void series_print_bands(FILE *out, size_t n);

#endif
