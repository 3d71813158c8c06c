/* Numbers and times as watch shows them. */
#include "figures.h"
#include "support/cmocka_all.h"
#include <math.h>
#include <stdlib.h>
#include <time.h>

#define NOW 1795273327.0 /* 2026-11-21 15:02:07 UTC */

static void numbers(void **state) {
  (void)state;
  char text[FIGURE_TEXT];
  figure(text, "%.2f %%", 97.128);
  assert_string_equal(text, "97.13 %");
  figure(text, "%.2f", (double)NAN);
  assert_string_equal(text, "-");
  figure(text, "%.2f", (double)INFINITY);
  assert_string_equal(text, "-");
}

static void expect_epochs(int has_run, int64_t epochs, int64_t planned, const char *wanted) {
  char text[FIGURE_TEXT];
  Follow follow = {.has_run = has_run, .run = {.epochs = epochs, .n_planned = planned}};
  figure_epochs(text, &follow, "/");
  assert_string_equal(text, wanted);
}

static void epochs(void **state) {
  (void)state;
  char text[FIGURE_TEXT];
  expect_epochs(1, 3, 15, "3/15");
  expect_epochs(1, -1, 15, "0/15");
  expect_epochs(1, 3, -1, "3");
  expect_epochs(0, 3, 15, "-");
  Follow follow = {.has_run = 1, .run = {.epochs = 3, .n_planned = 15}};
  figure_epochs(text, &follow, " of ");
  assert_string_equal(text, "3 of 15");
}

static void expect_left(double end, const char *wanted) {
  char text[FIGURE_TEXT];
  Follow follow = {.end = end};
  figure_left(text, &follow, NOW);
  assert_string_equal(text, wanted);
}

static void time_left(void **state) {
  (void)state;
  expect_left(NOW + 45, "45 s");
  expect_left(NOW + 725, "12 min 05 s");
  expect_left(NOW + 3 * 3600 + 7 * 60, "3 h 07 min");
  expect_left(NOW, "0 s");
  expect_left(NOW - 5, "0 s");
  expect_left((double)NAN, "-");
}

static void expect_clock(double time, const char *wanted) {
  char text[FIGURE_TEXT];
  figure_clock(text, time, NOW);
  assert_string_equal(text, wanted);
}

/* The day is named unless it is today: the same day of another year is not. */
static void clocks(void **state) {
  (void)state;
  const double day = 86400;
  expect_clock(NOW + 60, "15:03");
  expect_clock(NOW + day, "2026-11-22 15:02");
  expect_clock(NOW + 365 * day, "2027-11-21 15:02");
  expect_clock((double)NAN, "-");
  expect_clock(1e300, "-");
}

static void times(void **state) {
  (void)state;
  char text[FIGURE_TEXT];
  figure_time(text, NOW);
  assert_string_equal(text, "2026-11-21 15:02:07");
  figure_time(text, (double)NAN);
  assert_string_equal(text, "-");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers), cmocka_unit_test(epochs), cmocka_unit_test(time_left),
      cmocka_unit_test(clocks),  cmocka_unit_test(times),
  };
  if (setenv("TZ", "UTC", 1) != 0) return 1;
  tzset();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
