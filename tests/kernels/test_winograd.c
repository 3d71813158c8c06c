/* The backends `winograd` and `auto` for shapes of no table: bands, bits, and the choice. What each
 * algorithm's error is, test_correlation.c and test_winograd_weights.c say. */
#include "conv_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { N_SHAPES = 24, N_DIRECTIONS = 3 };

enum { N_FEW = 6 }; /* the first shapes have fewer channels than are worth a fast algorithm */

static int draw(uint64_t *state, int first, int last) {
  return first + (int)((double)(last - first + 1) * 0.5 * (1 + (double)conv_random(state)));
}

/* Of 5 to 70 channels (the first ones: 1 to 4), and 5 to 61 columns, an odd number. */
static ConvCase shape(int number) {
  uint64_t state = 99 + (uint64_t)number;
  for (int i = 0; i < 8; i++) conv_random(&state);
  const int least = number < N_FEW ? 1 : 5, most = number < N_FEW ? 4 : number % 4 == 0 ? 70 : 24;
  ConvCase c = {draw(&state, least, most), draw(&state, least, most), 0, 0, 3, 1, number % 3};
  c.w = 5 + 2 * draw(&state, 0, number % 2 ? 28 : 4);
  c.h = draw(&state, 3, 8);
  return c;
}

static void test_bands(void **state) {
  (void)state;
  for (int isa = 0; isa < ISA_COUNT; isa++)
    for (int i = 0; i < N_SHAPES && conv_select_isa((Isa)isa); i++) {
      const ConvCase c = shape(i);
      conv_check_bands(&c, conv_backend("winograd"));
    }
}

static void test_instruction_sets(void **state) {
  (void)state;
  for (int i = 0; i < N_SHAPES; i++) {
    const ConvCase c = shape(i);
    conv_check_instruction_sets(&c, conv_backend("winograd"));
  }
}

/* The other backends and instruction sets name the same algorithm where they compute the same. */
static void test_choice(void **state) {
  (void)state;
  const ConvBackend *direct = conv_backend("direct"), *winograd = conv_backend("winograd");
  const ConvBackend *cheapest = conv_backend("auto");
  int n_fast = 0;
  for (int i = 0; i < N_SHAPES; i++) {
    const ConvCase c = shape(i);
    ConvData a = conv_data_make(c, 5), b = conv_data_make(c, 5);
    conv_data_run(&a, cheapest);
    for (int k = 0; k < N_DIRECTIONS; k++) {
      const ConvDirection way = (ConvDirection)k;
      const char *name = cheapest->algorithm(&a.s, way);
      for (int isa = 0; isa < ISA_COUNT; isa++)
        if (conv_select_isa((Isa)isa)) assert_string_equal(cheapest->algorithm(&a.s, way), name);
      assert_string_equal(direct->algorithm(&a.s, way), "direct");
      const int is_fast = strcmp(name, "direct") != 0;
      n_fast += is_fast;
      conv_data_run(&b, is_fast ? winograd : direct);
      if (is_fast) assert_string_equal(winograd->algorithm(&a.s, way), name);
      if (k == CONV_FORWARD) assert_int_equal(conv_count_different(a.y, b.y, a.s.out), 0);
      if (k == CONV_DATA) assert_int_equal(conv_count_different(a.dx, b.dx, a.s.in), 0);
      if (k == CONV_WEIGHTS) assert_memory_equal(a.dw, b.dw, a.n_w * sizeof *a.dw);
    }
    conv_data_free(&a);
    conv_data_free(&b);
  }
  assert_true(n_fast > N_SHAPES / 2 && n_fast < N_DIRECTIONS * N_SHAPES);
}

static void test_what_does_not_fit_is_direct(void **state) {
  (void)state;
  static const ConvCase OTHERS[] = {
      {8, 8, 9, 9, 3, 2, 1}, {8, 8, 9, 9, 5, 1, 2}, {8, 8, 9, 9, 1, 1, 0}, {8, 8, 9, 9, 2, 1, 1}};
  for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
    const ConvShape s = conv_case_shape(OTHERS[i]);
    for (int k = 0; k < N_DIRECTIONS; k++)
      assert_string_equal(conv_backend("winograd")->algorithm(&s, (ConvDirection)k), "direct");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bands),
      cmocka_unit_test(test_instruction_sets),
      cmocka_unit_test(test_choice),
      cmocka_unit_test(test_what_does_not_fit_is_direct),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
