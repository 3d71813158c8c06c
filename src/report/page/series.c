#include "series.h"

const Colour SERIES_COLOURS[N_COLOURS] = {
    {0, 114, 178},   {213, 94, 0},   {0, 158, 115},  {204, 121, 167}, {230, 159, 0}, {86, 180, 233},
    {122, 122, 122}, {140, 109, 31}, {68, 1, 84},    {72, 38, 119},   {63, 71, 136}, {50, 101, 142},
    {39, 127, 142},  {31, 153, 138}, {45, 178, 125}, {94, 201, 98},
};

Series series_of(size_t i) {
  enum { N_DISTINCT = 6, N_DASHES = 5 };
  static const int points[SERIES_MOST] = {7, 5, 9, 13, 11, 15, 6, 4, 8, 12, 10, 14};
  static const char *const dashes[N_DASHES] = {"", "8,3", "2,3", "9,3,2,3", "4,2"};
  return (Series){(int)(i % N_DISTINCT), points[i % SERIES_MOST], dashes[i % N_DASHES]};
}

Series series_in_order(size_t rank, size_t n) {
  Series series = series_of(rank);
  double share = n > 1 ? (double)rank / (double)(n - 1) : 0;
  series.colour = N_SERIES_COLOURS + (int)(share * (N_RAMP_COLOURS - 1) + 0.5);
  series.dashes = "";
  return series;
}

void series_print_colour(FILE *out, int colour) {
  const Colour *c = &SERIES_COLOURS[colour];
  fprintf(out, "rgb '#%02x%02x%02x'", c->red, c->green, c->blue);
}

void series_print_style(FILE *out, Series series) {
  fputs(" lc ", out);
  series_print_colour(out, series.colour);
  fprintf(out, " pt %d dt ", series.point);
  if (series.dashes[0])
    fprintf(out, "(%s)", series.dashes);
  else
    fputs("solid", out);
}
