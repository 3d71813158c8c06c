/* The weight gradient by Winograd's algorithm: against the double-precision twin, beside the direct
 * algorithm, in parts, and for all instruction sets. */
#include "base/exact.h"
#include "base/memory.h"
#include "conv_algorithm.h"
#include "conv_case.h"
#include "conv_reference.h"
#include "kernels/isa.h"
#include "vector/kernel_set.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Shapes of no network: all sizes of a last tile, bands of tiles of several sizes, tiles that lie
 * wholly or in part on padding, several groups of channels, all blocks of channels. */
static const ConvCase CASES[] = {
    {1, 1, 5, 5, 3, 1, 0},    {2, 3, 3, 61, 3, 1, 2},   {3, 2, 63, 7, 3, 1, 0},
    {7, 5, 9, 11, 3, 1, 1},   {5, 9, 13, 6, 3, 1, 2},   {11, 13, 17, 22, 3, 1, 0},
    {13, 6, 25, 19, 3, 1, 1}, {4, 17, 31, 33, 3, 1, 2}, {19, 4, 29, 27, 3, 1, 0},
    {70, 3, 14, 15, 3, 1, 1}, {3, 70, 8, 7, 3, 1, 2},   {37, 22, 12, 10, 3, 1, 0},
    {2, 2, 1, 1, 3, 1, 1},    {1, 4, 1, 3, 3, 1, 2},    {2, 1, 2, 66, 3, 1, 1},
    {6, 4, 4, 70, 3, 1, 0},   {1, 2, 2, 2, 3, 1, 2},    {8, 8, 61, 5, 3, 1, 1},
};
enum { N_CASES = sizeof CASES / sizeof *CASES };

static int select_isa(Isa isa) {
  setenv("NORMLAB_ISA", isa_name(isa), 1);
  const Status status = isa_select();
  if (status.code != STATUS_OK) print_message("left out: %s\n", status.text);
  return status.code == STATUS_OK;
}

static void print_case(const ConvCase *c, double value) {
  print_error("%d->%d channels of %dx%d, padding %d: %g\n", c->in_c, c->out_c, c->h, c->w,
              c->padding, value);
}

static void *allocate(size_t n, size_t size) {
  void *p = calloc(n, size);
  assert_non_null(p);
  return p;
}

/* Adds the gradients of n_in and n_out channels to dw [out_c][in_c][3][3]. */
static void add_part(int64_t *dw, const ConvData *d, WeightsId id, int in, int n_in, int out,
                     int n_out) {
  const WeightsAlgorithm *a = kernel_set()->weights[id];
  ConvShape part = d->s;
  part.in.c = n_in;
  part.out.c = n_out;
  const size_t n_scratch = a->scratch_size(&d->s);
  float *scratch;
  const Status status = memory_allocate(&scratch, n_scratch + 1, sizeof *scratch, "test data");
  assert_int_equal(status.code, STATUS_OK);
  for (size_t i = 0; i < n_scratch; i++) scratch[i] = NAN;
  scratch[n_scratch] = 12345;
  const ConvCall call = {.shape = &d->s,
                         .part = &part,
                         .scratch = scratch,
                         .limit = EXACT_GRADIENT_RANGE / LANES,
                         .dw_channel = (size_t)d->s.in.c * 9};
  assert_int_equal(a->run(dw + (out * d->s.in.c + in) * 9, d->x + (size_t)in * d->s.in.stride,
                          d->dy + (size_t)out * d->s.out.stride, &part, &call),
                   0);
  assert_true(scratch[n_scratch] == 12345);
  free(scratch);
}

static int64_t *whole(const ConvData *d, WeightsId id) {
  int64_t *dw = allocate(d->n_w, sizeof *dw);
  add_part(dw, d, id, 0, d->s.in.c, 0, d->s.out.c);
  return dw;
}

static void take_lane(double *to, const float *from, Shape s, int l) {
  for (int c = 0; c < s.c; c++)
    for (int p = 0; p < s.h * s.w; p++)
      *to++ = (double)from[(size_t)c * s.stride + (size_t)(p * LANES + l)];
}

static double *reference(const ConvData *d) {
  const ConvShape *s = &d->s;
  double *x = allocate(d->n_x, sizeof *x), *dy = allocate(d->n_y, sizeof *dy);
  double *dw = allocate(d->n_w, sizeof *dw);
  for (int l = 0; l < LANES; l++) {
    take_lane(x, d->x, s->in, l);
    take_lane(dy, d->dy, s->out, l);
    conv_reference_backward_weights(dw, x, dy, s);
  }
  free(x);
  free(dy);
  return dw;
}

typedef struct Errors {
  double largest, squares, reference; /* of the largest value: |difference|, |value| */
} Errors;

static void add_errors(Errors *e, const int64_t *dw, const double *expected, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const double error = fabs(exact_gradient_value(dw[i]) - expected[i]);
    if (!(error <= e->largest)) e->largest = error;
    if (!(fabs(expected[i]) <= e->reference)) e->reference = fabs(expected[i]);
    e->squares += error * error;
  }
}

static void test_agrees_with_reference(void **state) {
  (void)state;
  int n_bad = 0;
  for (int i = 0; i < N_CASES; i++) {
    ConvData d = conv_data_make(CASES[i], 30U + (unsigned)i);
    double *expected = reference(&d);
    for (int isa = 0; isa < ISA_COUNT; isa++) {
      if (!select_isa((Isa)isa)) continue;
      Errors e = {0};
      int64_t *dw = whole(&d, WEIGHTS_WINOGRAD);
      add_errors(&e, dw, expected, d.n_w);
      free(dw);
      if (e.largest <= 1e-6 * e.reference) continue;
      print_case(&CASES[i], e.largest / e.reference);
      n_bad++;
    }
    free(expected);
    conv_data_free(&d);
  }
  assert_int_equal(n_bad, 0);
}

/* Data of both signs; activations after a ReLU; all positive; and, after a ReLU, gradients of which
 * one in eight is not small, as behind a ReLU and a max pool. */
typedef enum Kind { CENTRED, RECTIFIED, POSITIVE, SPARSE, N_KINDS } Kind;
static const char *const KINDS[] = {"of both signs", "after a ReLU", "positive", "sparse"};

static void change(ConvData *d, Kind kind) {
  const float least = kind == POSITIVE ? -1.5F : 0;
  for (int c = 0; c < d->s.in.c && kind != CENTRED; c++) {
    float *x = d->x + (size_t)c * d->s.in.stride;
    for (int i = 0; i < d->s.in.h * d->s.in.w * LANES; i++) x[i] = x[i] > least ? x[i] - least : 0;
  }
  uint64_t state = 7;
  for (int c = 0; c < d->s.out.c && kind == SPARSE; c++) {
    float *dy = d->dy + (size_t)c * d->s.out.stride;
    for (int i = 0; i < d->s.out.h * d->s.out.w * LANES; i++)
      if (conv_random(&state) < 0.75F) dy[i] *= 0.01F;
  }
}

/* The errors of one draw: of the direct algorithm, then of Winograd's. */
static void draw_errors(Errors e[2], ConvCase c, unsigned seed, Kind kind) {
  ConvData d = conv_data_make(c, seed);
  change(&d, kind);
  double *expected = reference(&d);
  int64_t *a = whole(&d, WEIGHTS_DIRECT), *b = whole(&d, WEIGHTS_WINOGRAD);
  e[0] = e[1] = (Errors){0};
  add_errors(&e[0], a, expected, d.n_w);
  add_errors(&e[1], b, expected, d.n_w);
  free(a);
  free(b);
  free(expected);
  conv_data_free(&d);
}

/* What winograd_weights.h promises of the shapes for which it is chosen: no error of any draw is
 * more than 4 times the direct algorithm's largest. */
static void test_errors_beside_direct(void **state) {
  (void)state;
  static const ConvCase cases[] = {
      {8, 8, 26, 26, 3, 1, 0},   {12, 9, 24, 24, 3, 1, 0},  {8, 12, 11, 11, 3, 1, 0},
      {12, 14, 12, 12, 3, 1, 0}, {16, 16, 14, 14, 3, 1, 0}, {10, 10, 14, 14, 3, 1, 0},
      {64, 64, 7, 7, 3, 1, 1},   {8, 8, 61, 61, 3, 1, 1},   {16, 16, 8, 8, 3, 1, 1},
      {8, 6, 37, 37, 3, 1, 2},   {20, 30, 9, 9, 3, 1, 2},   {24, 40, 16, 5, 3, 1, 1}};
  enum { N = sizeof cases / sizeof *cases, N_DRAWS = 3 };
  for (int i = 0; i < N; i++) {
    const ConvShape s = conv_case_shape(cases[i]);
    assert_int_equal(conv_choose_weights(CHOOSE_CHEAPEST, &s), WEIGHTS_WINOGRAD);
    for (int kind = 0; kind < N_KINDS; kind++) {
      double largest = 0, squares[2] = {0, 0};
      for (unsigned draw = 0; draw < N_DRAWS; draw++) {
        Errors e[2];
        draw_errors(e, cases[i], 100 * draw + (unsigned)i, (Kind)kind);
        const double ratio = e[1].largest / e[0].largest;
        if (!(ratio <= largest)) largest = ratio;
        for (int k = 0; k < 2; k++) squares[k] += e[k].squares;
      }
      print_message("%2d->%2d %2dx%2d, values %s: error of dw %.2f times the direct one's at most, "
                    "root of squares %.2f times\n",
                    cases[i].in_c, cases[i].out_c, cases[i].h, cases[i].w, KINDS[kind], largest,
                    sqrt(squares[1] / squares[0]));
      if (!(largest <= 4)) print_case(&cases[i], largest);
      assert_true(largest <= 4);
    }
  }
}

/* Over few pixels errors can be more than that, so that it is not chosen. */
static void test_few_pixels_are_direct(void **state) {
  (void)state;
  static const ConvCase cases[] = {{64, 64, 6, 6, 3, 1, 1}, {64, 64, 7, 7, 3, 1, 2}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const ConvShape s = conv_case_shape(cases[i]);
    assert_int_equal(conv_choose_weights(CHOOSE_WINOGRAD, &s), WEIGHTS_DIRECT);
  }
}

static void test_bits_do_not_depend_on_instruction_set(void **state) {
  (void)state;
  for (int i = 0; i < N_CASES; i++) {
    ConvData d = conv_data_make(CASES[i], 60U + (unsigned)i);
    assert_true(select_isa(ISA_PORTABLE));
    int64_t *a = whole(&d, WEIGHTS_WINOGRAD);
    for (int isa = ISA_PORTABLE + 1; isa < ISA_COUNT; isa++) {
      if (!select_isa((Isa)isa)) continue;
      int64_t *b = whole(&d, WEIGHTS_WINOGRAD);
      if (memcmp(a, b, d.n_w * sizeof *a) != 0) print_case(&CASES[i], NAN);
      assert_memory_equal(a, b, d.n_w * sizeof *a);
      free(b);
    }
    free(a);
    conv_data_free(&d);
  }
}

static int smaller(int a, int b) {
  return a < b ? a : b;
}

static void test_parts_have_the_same_bits(void **state) {
  (void)state;
  static const int steps[][2] = {{1, 70}, {70, 1}, {18, 5}, {6, 4}, {35, 35}};
  for (int i = 0; i < N_CASES; i++) {
    ConvData d = conv_data_make(CASES[i], 90U + (unsigned)i);
    int64_t *a = whole(&d, WEIGHTS_WINOGRAD);
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
      int64_t *b = allocate(d.n_w, sizeof *b);
      for (int in = 0; in < d.s.in.c; in += steps[k][0])
        for (int out = 0; out < d.s.out.c; out += steps[k][1])
          add_part(b, &d, WEIGHTS_WINOGRAD, in, smaller(steps[k][0], d.s.in.c - in), out,
                   smaller(steps[k][1], d.s.out.c - out));
      if (memcmp(a, b, d.n_w * sizeof *a) != 0) print_case(&CASES[i], NAN);
      assert_memory_equal(a, b, d.n_w * sizeof *a);
      free(b);
    }
    free(a);
    conv_data_free(&d);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_agrees_with_reference),
      cmocka_unit_test(test_bits_do_not_depend_on_instruction_set),
      cmocka_unit_test(test_parts_have_the_same_bits),
      cmocka_unit_test(test_errors_beside_direct),
      cmocka_unit_test(test_few_pixels_are_direct),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
