/* Lines that keep within a terminal's width and height, and what is asked of the terminal. */
#include "support/cmocka_all.h"
#include "watch/screen.h"
#include <limits.h>
#include <locale.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static char *printed;
static size_t n_printed;

static Screen screen_of(int width, int height) {
  return (Screen){.out = open_memstream(&printed, &n_printed),
                  .width = width,
                  .height = height,
                  .is_unicode = 1};
}

static void expect_printed(Screen *screen, const char *wanted) {
  assert_int_equal(fclose(screen->out), 0);
  assert_string_equal(printed, wanted);
  free(printed);
}

static void lines_are_cut(void **state) {
  (void)state;
  Screen screen = screen_of(10, INT_MAX);
  screen_put(&screen, STYLE_PLAIN, "%s", "0123456");
  screen_put(&screen, STYLE_PLAIN, "%s", "789abc");
  assert_int_equal(screen.column, 10);
  screen_end_line(&screen);
  screen_put(&screen, STYLE_PLAIN, "next");
  screen_end_line(&screen);
  screen_end_line(&screen);
  assert_int_equal(screen.n_lines, 3);
  expect_printed(&screen, "0123456789\nnext\n\n");
}

/* A character of two columns does not go half beyond the end; one of none does no harm. */
static void characters_have_widths(void **state) {
  (void)state;
  Screen screen = screen_of(4, INT_MAX);
  assert_int_equal(screen_columns(&screen, "a\u00e9"), 2);
  assert_int_equal(screen_columns(&screen, "\u6f22\u5b57"), 4);
  assert_int_equal(screen_columns(&screen, "e\u0301"), 1);
  screen_put(&screen, STYLE_PLAIN, "a\u6f22\u5b57");
  screen_end_line(&screen);
  screen_put(&screen, STYLE_PLAIN, "\u6f22\u5b57");
  screen_end_line(&screen);
  expect_printed(&screen, "a\u6f22\n\u6f22\u5b57\n");
}

/* The name of a file may hold anything. */
static void what_cannot_be_shown(void **state) {
  (void)state;
  Screen screen = screen_of(80, INT_MAX);
  screen_put(&screen, STYLE_PLAIN, "a\033[31mb\nc\td\x7f\xff\xc3");
  screen_end_line(&screen);
  screen_put(&screen, STYLE_PLAIN, "\xc2\x85z"); /* a control character beyond ASCII */
  screen_end_line(&screen);
  screen.is_unicode = 0;
  screen_put(&screen, STYLE_PLAIN, "\u00e9");
  screen_end_line(&screen);
  expect_printed(&screen, "a?[31mb?c?d???\n?z\n??\n");
}

static void cells(void **state) {
  (void)state;
  Screen screen = screen_of(80, INT_MAX);
  screen_cell(&screen, STYLE_PLAIN, 5, "ab");
  screen_put(&screen, STYLE_PLAIN, "|");
  screen_cell(&screen, STYLE_PLAIN, -5, "ab");
  screen_put(&screen, STYLE_PLAIN, "|");
  screen_cell(&screen, STYLE_PLAIN, 3, "abcdef");
  screen_put(&screen, STYLE_PLAIN, "|");
  screen_cell(&screen, STYLE_PLAIN, -4, "\u6f22");
  screen_put(&screen, STYLE_PLAIN, "|");
  screen_end_line(&screen);
  expect_printed(&screen, "ab   |   ab|abc|  \u6f22|\n");
}

static void paragraphs(void **state) {
  (void)state;
  Screen screen = screen_of(10, INT_MAX);
  screen_paragraph(&screen, STYLE_PLAIN, "one two three four");
  screen_paragraph(&screen, STYLE_PLAIN, "");
  screen_paragraph(&screen, STYLE_PLAIN, "0123456789");
  screen_paragraph(&screen, STYLE_PLAIN, "a/path/without/blanks of");
  expect_printed(&screen, "one two\nthree four\n0123456789\na/path/wit\nhout/blank\ns of\n");
}

static void lines_beyond_the_height(void **state) {
  (void)state;
  Screen screen = screen_of(80, 2);
  for (int i = 1; i <= 4; i++) {
    screen_put(&screen, STYLE_PLAIN, "line %d", i);
    screen_end_line(&screen);
  }
  assert_int_equal(screen.n_lines, 4);
  expect_printed(&screen, "line 1\nline 2\n");
}

static void styles(void **state) {
  (void)state;
  Screen screen = screen_of(4, INT_MAX);
  screen_put(&screen, STYLE_BAD, "bad");
  screen.has_style = 1;
  screen_put(&screen, STYLE_BAD, "%s", "");
  screen_put(&screen, STYLE_PLAIN, "o");
  screen_end_line(&screen);
  screen_put(&screen, STYLE_BAD, "longer");
  screen_end_line(&screen);
  expect_printed(&screen, "bado\n\033[1;31mlong\033[0m\n");
}

/* Each line of a frame is cleared, what is below the last as well. */
static void a_frame(void **state) {
  (void)state;
  Screen screen = screen_of(80, 3);
  screen.is_live = 1;
  screen_put(&screen, STYLE_PLAIN, "a");
  screen_end_line(&screen);
  screen_end_line(&screen);
  screen_end(&screen);
  expect_printed(&screen, "\033[H\033[2Ka\r\n\033[2K\r\n\033[J");
  screen = screen_of(80, 1);
  screen.is_live = 1;
  screen_put(&screen, STYLE_PLAIN, "a");
  screen_end_line(&screen);
  screen_put(&screen, STYLE_PLAIN, "b");
  screen_end_line(&screen);
  screen_end(&screen);
  expect_printed(&screen, "\033[H\033[2Ka");
}

/* What screen_init finds while standard output is this file, or a terminal of this size. */
static Screen screen_on(int out, int is_frame) {
  Screen screen = {.out = stderr};
  fflush(stdout);
  int before = dup(STDOUT_FILENO);
  assert_true(before >= 0 && dup2(out, STDOUT_FILENO) >= 0);
  if (is_frame)
    screen_init_frame(&screen);
  else
    screen_init(&screen);
  dup2(before, STDOUT_FILENO);
  close(before);
  return screen;
}

static void set(const char *name, const char *value) {
  assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void without_a_terminal(void **state) {
  (void)state;
  FILE *file = tmpfile();
  assert_non_null(file);
  set("TERM", "xterm");
  set("COLUMNS", NULL);
  set("LINES", NULL);
  Screen screen = screen_on(fileno(file), 0);
  assert_int_equal(screen.width, SCREEN_NO_LIMIT);
  assert_int_equal(screen.height, INT_MAX);
  assert_true(screen.is_unicode && !screen.has_style && !screen.is_live);
  set("COLUMNS", "132");
  assert_int_equal(screen_on(fileno(file), 0).width, 132);
  set("COLUMNS", "-4");
  assert_int_equal(screen_on(fileno(file), 0).width, SCREEN_NO_LIMIT);
  assert_int_equal(screen_on(fileno(file), 1).height, 24);
  set("LINES", "50");
  assert_int_equal(screen_on(fileno(file), 1).height, 50);
  fclose(file);
}

static void on_a_terminal(void **state) {
  (void)state;
  int leader, terminal;
  struct winsize size = {.ws_row = 30, .ws_col = 100};
  assert_int_equal(openpty(&leader, &terminal, NULL, NULL, &size), 0);
  set("COLUMNS", "132");
  set("LINES", "50");
  set("TERM", "xterm");
  set("NO_COLOR", NULL);
  Screen screen = screen_on(terminal, 0);
  assert_int_equal(screen.width, 100);
  assert_int_equal(screen.height, INT_MAX);
  assert_true(screen.has_style);
  screen = screen_on(terminal, 1);
  assert_int_equal(screen.width, 100);
  assert_int_equal(screen.height, 30);
  assert_true(screen.is_live);
  set("NO_COLOR", "1");
  assert_false(screen_on(terminal, 0).has_style);
  set("NO_COLOR", "");
  assert_true(screen_on(terminal, 0).has_style);
  set("TERM", "dumb");
  screen = screen_on(terminal, 0);
  assert_int_equal(screen.width, 100); /* it is as wide as any other */
  assert_false(screen.has_style);
  close(terminal);
  close(leader);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_are_cut),
      cmocka_unit_test(characters_have_widths),
      cmocka_unit_test(what_cannot_be_shown),
      cmocka_unit_test(cells),
      cmocka_unit_test(paragraphs),
      cmocka_unit_test(lines_beyond_the_height),
      cmocka_unit_test(styles),
      cmocka_unit_test(a_frame),
      cmocka_unit_test(without_a_terminal),
      cmocka_unit_test(on_a_terminal),
  };
  if (!setlocale(LC_CTYPE, "C.UTF-8")) return 77;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
