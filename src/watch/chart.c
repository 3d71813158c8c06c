#include "watch/chart.h"

#include <math.h>
#include <string.h>

/* Unicode's order of the dots, by column and row. */
static const unsigned char BRAILLE[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};

static int clamp(int x, int low, int high) {
  return x < low ? low : x > high ? high : x;
}

void chart_begin(Chart *chart, int columns, int rows, int is_unicode, int is_log) {
  memset(chart, 0, sizeof *chart);
  chart->columns = clamp(columns, 1, CHART_COLUMNS);
  chart->rows = clamp(rows, 1, CHART_ROWS);
  chart->is_unicode = is_unicode;
  chart->is_log = is_log;
  chart->low = chart->high = (double)NAN;
}

static int can_be_drawn(const Chart *chart, double y) {
  return isfinite(y) && (!chart->is_log || y > 0);
}

void chart_range(Chart *chart, const double *y, size_t n) {
  for (size_t i = 0; y && i < n; i++) {
    if (!can_be_drawn(chart, y[i])) continue;
    chart->low = fmin(chart->low, y[i]);
    chart->high = fmax(chart->high, y[i]);
  }
}

static int dots_x(const Chart *chart) {
  return chart->columns * (chart->is_unicode ? 2 : 1);
}

static int dots_y(const Chart *chart) {
  return chart->rows * (chart->is_unicode ? 4 : 1);
}

static int dot_of(const Chart *chart, double y) {
  double low = chart->low, high = chart->high;
  int last = dots_y(chart) - 1;
  if (chart->is_log) y = log(y), low = log(low), high = log(high);
  if (!(high > low)) return last / 2;
  return last - clamp((int)lrint((y - low) / (high - low) * last), 0, last);
}

static void set(Chart *chart, int series, int x, int y) {
  if (!chart->is_unicode) {
    chart->dots[series][y][x] = 1;
  } else if (series == 0 || x % 4 < 2) {
    unsigned char *cell = &chart->dots[series][y / 4][x / 2];
    *cell = (unsigned char)(*cell | BRAILLE[x % 2][y % 4]);
  }
}

/* Without gaps: each column goes on where the one before ends. */
static void draw_line(Chart *chart, int series, int x0, int y0, int x1, int y1) {
  int before = y0;
  for (int x = x0; x <= x1; x++) {
    int y = x1 > x0 ? y0 + (int)lrint((double)(y1 - y0) * (x - x0) / (x1 - x0)) : y1;
    int step = y > before ? 1 : -1;
    for (int k = before; k != y; k += step)
      if (k != before || x == x0) set(chart, series, x, k);
    set(chart, series, x, y);
    before = y;
  }
}

void chart_draw(Chart *chart, int series, const double *y, size_t n) {
  int last = dots_x(chart) - 1, x_before = -1, y_before = 0;
  for (size_t i = 0; y && i < n; i++) {
    if (!can_be_drawn(chart, y[i])) {
      x_before = -1;
      continue;
    }
    int x = n > 1 ? (int)lrint((double)last * (double)i / (double)(n - 1)) : 0;
    int dot = dot_of(chart, y[i]);
    if (x_before < 0)
      set(chart, series, x, dot);
    else
      draw_line(chart, series, x_before, y_before, x, dot);
    x_before = x;
    y_before = dot;
  }
}

int chart_cell(char text[4], const Chart *chart, int row, int column) {
  unsigned first = chart->dots[0][row][column], second = chart->dots[1][row][column];
  text[0] = text[1] = '\0';
  if (!first && !second) return -1;
  if (!chart->is_unicode) {
    text[0] = first ? '*' : '.';
    return first ? 0 : 1;
  }
  unsigned dots = first | second;
  text[0] = (char)0xe2; /* U+2800 + dots in UTF-8 */
  text[1] = (char)(0xa0 | dots >> 6);
  text[2] = (char)(0x80 | (dots & 0x3f));
  text[3] = '\0';
  return first ? 0 : 1;
}
