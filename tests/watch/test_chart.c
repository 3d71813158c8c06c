/* Curves as characters: the range of the axis, the place of each value, lines between them. */
#include "support/cmocka_all.h"
#include "watch/chart.h"
#include <math.h>
#include <string.h>

/* Rows from the top, with a "|" after each; blanks as they are. */
static void expect_picture(const Chart *chart, const char *wanted) {
  char text[CHART_ROWS * (4 * CHART_COLUMNS + 2)] = "", cell[4];
  for (int row = 0; row < chart->rows; row++) {
    for (int column = 0; column < chart->columns; column++)
      strcat(text, chart_cell(cell, chart, row, column) < 0 ? " " : cell);
    strcat(text, "|");
  }
  assert_string_equal(text, wanted);
}

static void draw(Chart *chart, int series, const double *y, size_t n) {
  chart_range(chart, y, n);
  chart_draw(chart, series, y, n);
}

static void a_line(void **state) {
  (void)state;
  Chart chart;
  const double y[] = {0, 1, 2, 3, 4};
  chart_begin(&chart, 5, 5, 0, 0);
  draw(&chart, 0, y, 5);
  assert_true(chart.low == 0 && chart.high == 4);
  expect_picture(&chart, "    *|   * |  *  | *   |*    |");
}

/* Neighbours are joined without gaps. */
static void a_jump(void **state) {
  (void)state;
  Chart chart;
  const double y[] = {0, 4};
  chart_begin(&chart, 2, 5, 0, 0);
  draw(&chart, 0, y, 2);
  expect_picture(&chart, " *| *| *| *|* |");
}

static void a_logarithmic_axis(void **state) {
  (void)state;
  Chart chart;
  const double y[] = {1, 10, 100};
  chart_begin(&chart, 3, 3, 0, 1);
  draw(&chart, 0, y, 3);
  expect_picture(&chart, "  *| * |*  |");
  chart_begin(&chart, 3, 3, 0, 0);
  draw(&chart, 0, y, 3);
  expect_picture(&chart, "  *|  *|** |");
}

/* What cannot be drawn leaves a gap and does not widen the range. */
static void gaps(void **state) {
  (void)state;
  Chart chart;
  const double y[] = {1, NAN, 3, INFINITY, 2};
  chart_begin(&chart, 5, 3, 0, 0);
  draw(&chart, 0, y, 5);
  assert_true(chart.low == 1 && chart.high == 3);
  expect_picture(&chart, "  *  |    *|*    |");
  const double signs[] = {-1, 0, 10};
  chart_begin(&chart, 3, 3, 0, 1);
  draw(&chart, 0, signs, 3);
  assert_true(chart.low == 10 && chart.high == 10);
  expect_picture(&chart, "   |  *|   |");
}

static void two_series(void **state) {
  (void)state;
  Chart chart;
  char cell[4];
  const double first[] = {2, 2, 2}, second[] = {1, 2, 3};
  chart_begin(&chart, 3, 3, 0, 0);
  chart_range(&chart, second, 3);
  chart_range(&chart, first, 3);
  chart_draw(&chart, 1, second, 3);
  chart_draw(&chart, 0, first, 3);
  expect_picture(&chart, "  .|***|.  |");
  assert_int_equal(chart_cell(cell, &chart, 1, 1), 0);
  assert_int_equal(chart_cell(cell, &chart, 0, 2), 1);
  assert_int_equal(chart_cell(cell, &chart, 0, 0), -1);
}

/* A cell is 2 dots wide and 4 high (U+2800 and the bits of its dots). */
static void braille(void **state) {
  (void)state;
  Chart chart;
  const double y[] = {0, 1, 2, 3};
  chart_begin(&chart, 2, 1, 1, 0);
  draw(&chart, 0, y, 4);
  expect_picture(&chart, "\u2860\u280a|"); /* dots 7 6, then 2 4 */
  const double flat[] = {3, 3, 3, 3};
  chart_begin(&chart, 2, 1, 1, 0);
  draw(&chart, 0, flat, 4);
  expect_picture(&chart, "\u2812\u2812|");
  chart_begin(&chart, 2, 1, 1, 0);
  draw(&chart, 1, flat, 4); /* dashed */
  expect_picture(&chart, "\u2812 |");
}

static void one_value_and_none(void **state) {
  (void)state;
  Chart chart;
  const double y[] = {5};
  chart_begin(&chart, 3, 3, 0, 0);
  assert_true(isnan(chart.low) && isnan(chart.high));
  draw(&chart, 0, NULL, 3);
  expect_picture(&chart, "   |   |   |");
  draw(&chart, 0, y, 1);
  expect_picture(&chart, "   |*  |   |");
}

static void sizes(void **state) {
  (void)state;
  Chart chart;
  chart_begin(&chart, CHART_COLUMNS + 1, CHART_ROWS + 1, 1, 0);
  assert_int_equal(chart.columns, CHART_COLUMNS);
  assert_int_equal(chart.rows, CHART_ROWS);
  chart_begin(&chart, 0, -3, 1, 0);
  assert_int_equal(chart.columns, 1);
  assert_int_equal(chart.rows, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line),     cmocka_unit_test(a_jump),
      cmocka_unit_test(gaps),       cmocka_unit_test(a_logarithmic_axis),
      cmocka_unit_test(two_series), cmocka_unit_test(braille),
      cmocka_unit_test(sizes),      cmocka_unit_test(one_value_and_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
