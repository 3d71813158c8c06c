/* The weight gradient by Winograd's algorithm: against the double-precision twin, beside the direct
 * algorithm, in parts, and for all instruction sets. */
#include "base/exact.h"
#include "base/memory.h"
#include "conv_case.h"
#include "conv_reference.h"
#include "kernels/isa.h"

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
static void add_part(int64_t *dw, const ConvData *d, const char *backend, int in, int n_in, int out,
                     int n_out) {
  const ConvBackend *b = conv_backend(backend);
  ConvShape part = d->s;
  part.in.c = n_in;
  part.out.c = n_out;
  const size_t n_scratch = b->scratch_size(&d->s);
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
  assert_int_equal(b->backward_weights(dw + (out * d->s.in.c + in) * 9,
                                       d->x + (size_t)in * d->s.in.stride,
                                       d->dy + (size_t)out * d->s.out.stride, &call),
                   0);
  assert_true(scratch[n_scratch] == 12345);
  free(scratch);
}

static int64_t *whole(const ConvData *d, const char *backend) {
  int64_t *dw = allocate(d->n_w, sizeof *dw);
  assert_string_equal(conv_backend(backend)->algorithm(&d->s, CONV_WEIGHTS),
                      strcmp(backend, "winograd") == 0 ? "winograd tiles" : backend);
  add_part(dw, d, backend, 0, d->s.in.c, 0, d->s.out.c);
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
      int64_t *dw = whole(&d, "winograd");
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

/* Activations after a ReLU, or all positive, as data are. */
static void make_positive(ConvData *d, float least) {
  for (int c = 0; c < d->s.in.c; c++) {
    float *x = d->x + (size_t)c * d->s.in.stride;
    for (int i = 0; i < d->s.in.h * d->s.in.w * LANES; i++) x[i] = x[i] > least ? x[i] - least : 0;
  }
}

/* What winograd_weights.h promises: errors are at most 4 times those of the direct algorithm. */
static void test_errors_beside_direct(void **state) {
  (void)state;
  static const ConvCase cases[] = {{8, 8, 26, 26, 3, 1, 0},   {6, 9, 24, 24, 3, 1, 0},
                                   {8, 12, 11, 11, 3, 1, 0},  {12, 14, 9, 9, 3, 1, 0},
                                   {16, 16, 14, 14, 3, 1, 0}, {10, 10, 12, 12, 3, 1, 0},
                                   {16, 16, 7, 7, 3, 1, 1},   {4, 4, 61, 61, 3, 1, 1},
                                   {16, 8, 8, 8, 3, 1, 1},    {5, 5, 37, 37, 3, 1, 2}};
  enum { N = sizeof cases / sizeof *cases, N_DRAWS = 3 };
  for (int i = 0; i < N; i++) {
    for (int shift = 0; shift < 3; shift++) {
      Errors direct = {0}, winograd = {0};
      for (unsigned draw = 0; draw < N_DRAWS; draw++) {
        ConvData d = conv_data_make(cases[i], 100 * draw + (unsigned)i);
        if (shift > 0) make_positive(&d, shift == 1 ? 0 : -1.5F);
        double *expected = reference(&d);
        int64_t *a = whole(&d, "direct"), *b = whole(&d, "winograd");
        add_errors(&direct, a, expected, d.n_w);
        add_errors(&winograd, b, expected, d.n_w);
        free(a);
        free(b);
        free(expected);
        conv_data_free(&d);
      }
      const double ratio = sqrt(winograd.squares / direct.squares);
      print_message("%2d->%2d %2dx%2d, values %s: error of dw, direct %.1e of the largest; "
                    "winograd %.2f times, root of squares %.2f times\n",
                    cases[i].in_c, cases[i].out_c, cases[i].h, cases[i].w,
                    shift == 0   ? "of both signs"
                    : shift == 1 ? "after a ReLU"
                                 : "positive",
                    direct.largest / direct.reference, winograd.largest / direct.largest, ratio);
      if (!(ratio <= 4)) print_case(&cases[i], ratio);
      assert_true(ratio <= 4);
      assert_true(winograd.largest <= 5 * direct.largest);
    }
  }
}

static void test_bits_do_not_depend_on_instruction_set(void **state) {
  (void)state;
  for (int i = 0; i < N_CASES; i++) {
    ConvData d = conv_data_make(CASES[i], 60U + (unsigned)i);
    assert_true(select_isa(ISA_PORTABLE));
    int64_t *a = whole(&d, "winograd");
    for (int isa = ISA_PORTABLE + 1; isa < ISA_COUNT; isa++) {
      if (!select_isa((Isa)isa)) continue;
      int64_t *b = whole(&d, "winograd");
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
    int64_t *a = whole(&d, "winograd");
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
      int64_t *b = allocate(d.n_w, sizeof *b);
      for (int in = 0; in < d.s.in.c; in += steps[k][0])
        for (int out = 0; out < d.s.out.c; out += steps[k][1])
          add_part(b, &d, "winograd", in, smaller(steps[k][0], d.s.in.c - in), out,
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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
