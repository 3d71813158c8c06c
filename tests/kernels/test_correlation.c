/* The algorithms of correlations, each by itself whatever the choice among them, for shapes that
 * stand in no table: against a twin in double precision, the direct algorithm, one another's bands
 * and instruction sets. */
#include "conv_reference.h"
#include "kernel_test.h"
#include "vector/kernel_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_SHAPES = 60, GUARD = 64 };
static const float GUARD_VALUE = 12345.0F;

/* One correlation with weights of deviation sqrt(2 / (9 in.c)) and inputs that are rectified, as
 * activations are, or not, as gradients are. Only the algorithm's own output differs between two of
 * the same number. */
typedef struct Case {
  Correlation c;
  float *x, *w, *y;
} Case;

static int draw(uint64_t *state, int first, int last) {
  return first + (int)((next_uniform(state) + 1) / 2 * (last - first + 1));
}

static float *filled(size_t n, float value) {
  float *p = aligned_zeros(n + GUARD, sizeof *p);
  for (size_t i = 0; i < n + GUARD; i++) p[i] = i < n ? value : GUARD_VALUE;
  return p;
}

static void check_guard(const float *p, size_t n) {
  for (size_t i = n; i < n + GUARD; i++) assert_true(p[i] == GUARD_VALUE);
}

/* 1 to 70 channels, 1 to 61 rows and columns, padding 0 to 2, of no more than about so much work
 * that the twin takes milliseconds. */
static Case case_make(int number) {
  uint64_t state = (uint64_t)number + 1;
  int n_in, n_out, h, w, padding;
  do {
    n_in = draw(&state, 1, 70);
    n_out = draw(&state, 1, 70);
    h = draw(&state, 1, 61);
    w = draw(&state, 1, 61);
    padding = draw(&state, 0, 2);
    if (number % 2) h = w = (h + 3) / 4;
  } while ((long)n_in * n_out * h * w > 300000 || h + 2 * padding < 3 || w + 2 * padding < 3);
  const int grow = 2 * padding - 2;
  Case k = {.c = {shape_make(n_in, h, w), shape_make(n_out, h + grow, w + grow), 3, 1, padding, 1}};
  const size_t n_x = shape_floats(k.c.in), n_w = (size_t)(n_in * n_out * 9);
  k.x = filled(n_x, NAN);
  k.w = filled(n_w, 0);
  k.y = filled(shape_floats(k.c.out), NAN);
  for (int ch = 0; ch < n_in; ch++)
    for (size_t i = 0; i < (size_t)(h * w * LANES); i++) {
      const double value = next_normal(&state);
      k.x[(size_t)ch * k.c.in.stride + i] = (float)(number % 4 < 2 && value < 0 ? 0 : value);
    }
  for (size_t i = 0; i < n_w; i++) k.w[i] = (float)(next_normal(&state) * sqrt(2.0 / (9 * n_in)));
  return k;
}

static void case_free(Case *k) {
  free(k->x);
  free(k->w);
  free(k->y);
}

static void print_case(const char *what, const CorrelationAlgorithm *a, const Correlation *c) {
  print_error("%s, %s, %s: %d->%d channels of %dx%d, padding %d\n", what, a->name,
              isa_name(isa_current()), c->in.c, c->out.c, c->in.h, c->in.w, c->padding);
}

static int can(const CorrelationAlgorithm *a, const Correlation *c) {
  return !a->fits || a->fits(c);
}

static int smaller(int a, int b) {
  return a < b ? a : b;
}

/* Computes k->y in bands of so many channels and rows; each band has an array of its own. */
static void run(Case *k, const CorrelationAlgorithm *a, int n_channels, int n_rows) {
  const Correlation *c = &k->c;
  const size_t n_packed = a->packed_size(c), n_scratch = a->scratch_size(c);
  float *packed = filled(n_packed, NAN), *scratch = filled(n_scratch, NAN);
  a->pack(packed, (CorrelationWeights){k->w, c->in.c * 9, 9, 1}, c);
  for (int o = 0; o < c->out.c; o += n_channels)
    for (int i = 0; i < c->out.h; i += n_rows) {
      Band band = {o, smaller(n_channels, c->out.c - o), i, smaller(n_rows, c->out.h - i), 0, 0};
      band.stride = shape_make(1, band.n_rows, c->out.w).stride + 2 * LANES;
      const size_t n = (size_t)band.n_channels * band.stride;
      float *y = filled(n, NAN);
      const Ahead ahead = {k->x, 3 * LANES, 5 * LANES, 7, i % 2 ? 3 : 0};
      const CorrelationCall call = {c, packed, band, ahead, scratch};
      a->run(y, k->x, &call);
      check_guard(y, n);
      for (int ch = 0; ch < band.n_channels; ch++)
        memcpy(k->y + band_begin(band, c->out) + (size_t)ch * c->out.stride,
               y + (size_t)ch * band.stride, (size_t)(band.n_rows * c->out.w) * LANES * sizeof *y);
      free(y);
    }
  check_guard(packed, n_packed);
  check_guard(scratch, n_scratch);
  free(packed);
  free(scratch);
}

static void run_whole(Case *k, const CorrelationAlgorithm *a) {
  run(k, a, k->c.out.c, k->c.out.h);
}

static size_t n_different(const Case *a, const Case *b) {
  size_t n = 0;
  for (int c = 0; c < a->c.out.c; c++)
    for (size_t i = 0; i < (size_t)(a->c.out.h * a->c.out.w * LANES); i++) {
      const size_t at = (size_t)c * a->c.out.stride + i;
      n += memcmp(a->y + at, b->y + at, sizeof *a->y) != 0;
    }
  return n;
}

/* Errors against the twin over the largest output: the largest, and the mean square. */
typedef struct Error {
  double largest, square;
} Error;

static double *doubles(size_t n) {
  double *p = calloc(n, sizeof *p);
  assert_non_null(p);
  return p;
}

static void take_lane(double *to, const float *from, Shape s, int lane) {
  for (int c = 0; c < s.c; c++)
    for (int p = 0; p < s.h * s.w; p++)
      *to++ = (double)from[(size_t)c * s.stride + (size_t)(p * LANES + lane)];
}

static Error error_of(const Case *k) {
  const Correlation *c = &k->c;
  const ConvShape s = {c->in, c->out, 3, 1, c->padding};
  const size_t n_x = (size_t)(c->in.c * c->in.h * c->in.w), n_w = (size_t)(c->in.c * c->out.c * 9);
  const size_t n_y = (size_t)(c->out.c * c->out.h * c->out.w);
  double *x = doubles(n_x), *w = doubles(n_w), *y = doubles(n_y), *got = doubles(n_y);
  double largest = 0;
  Error error = {0, 0};
  for (size_t i = 0; i < n_w; i++) w[i] = (double)k->w[i];
  for (int lane = 0; lane < LANES; lane += 5) {
    take_lane(x, k->x, c->in, lane);
    take_lane(got, k->y, c->out, lane);
    conv_reference_forward(y, x, w, &s);
    largest = fmax(largest, largest_magnitude(y, n_y));
    for (size_t i = 0; i < n_y; i++) {
      const double e = fabs(got[i] - y[i]);
      if (!(e <= error.largest)) error.largest = e;
      error.square += e * e / (double)(4 * n_y);
    }
  }
  free(x);
  free(w);
  free(y);
  free(got);
  return (Error){error.largest / largest, error.square / (largest * largest)};
}

/* Errors as multiples of the direct algorithm's, of the shapes of at least 8 input channels (with
 * fewer, the direct algorithm adds so little that transforms weigh more): the largest error of a
 * shape on average over shapes, and the root of the mean square. */
typedef struct Bound {
  const char *name;
  double largest, root;
} Bound;
static const Bound BOUNDS[] = {{"winograd rows", 2.0, 2.0},
                               {"winograd 2x2", 1.0, 1.0},
                               {"winograd 3x3", 1.5, 1.75},
                               {"winograd 3x4", 2.0, 2.25}};

static void check_bound(const char *name, double largest, double root) {
  print_message("%s, %s: errors %.2f times the direct algorithm's on average, root %.2f\n", name,
                isa_name(isa_current()), largest, root);
  for (size_t i = 0; i < sizeof BOUNDS / sizeof *BOUNDS; i++) {
    if (strcmp(BOUNDS[i].name, name) != 0) continue;
    assert_true(largest <= BOUNDS[i].largest);
    assert_true(root <= BOUNDS[i].root);
  }
}

/* Of any shape, an error is at most this, times the largest output; and where an algorithm is
 * chosen, this times the direct algorithm's largest. */
static const double TOLERANCE = 4e-6, CHOSEN = 4;

static void check_errors(CorrelationId id) {
  const CorrelationAlgorithm *a = kernel_set()->correlations[id];
  double ratio = 0, square = 0, square_direct = 0;
  int n = 0;
  for (int i = 0; i < N_SHAPES; i++) {
    Case k = case_make(i);
    if (can(a, &k.c)) {
      run_whole(&k, kernel_set()->correlations[CORRELATION_DIRECT]);
      const Error base = error_of(&k);
      run_whole(&k, a);
      const Error error = error_of(&k);
      const int is_chosen = conv_choose_correlation(CHOOSE_CHEAPEST, &k.c) == id;
      const double limit = is_chosen ? fmin(TOLERANCE, CHOSEN * base.largest) : TOLERANCE;
      if (!(error.largest <= limit)) print_case("error", a, &k.c);
      assert_true(error.largest <= limit);
      if (k.c.in.c >= 8) {
        ratio += error.largest / base.largest;
        square += error.square;
        square_direct += base.square;
        n++;
      }
    }
    case_free(&k);
  }
  assert_true(n > 0);
  check_bound(a->name, ratio / n, sqrt(square / square_direct));
}

static void test_errors_against_twin(void **state) {
  (void)state;
  for (int isa = ISA_COUNT - 1; isa > ISA_PORTABLE; isa--) {
    if (!use_isa((Isa)isa)) continue;
    for (int i = 0; i < N_CORRELATIONS; i++) check_errors((CorrelationId)i);
    return;
  }
}

/* The portable set computes a quarter of the shapes only: its products are slow. */
static void test_bits_do_not_depend_on_instruction_set(void **state) {
  (void)state;
  for (int i = 0; i < N_SHAPES; i += 4) {
    Case a = case_make(i), b = case_make(i);
    for (int id = 0; id < N_CORRELATIONS; id++) {
      assert_true(use_isa(ISA_PORTABLE));
      if (!can(kernel_set()->correlations[id], &a.c)) continue;
      run_whole(&a, kernel_set()->correlations[id]);
      for (int isa = ISA_PORTABLE + 1; isa < ISA_COUNT; isa++) {
        if (!use_isa((Isa)isa)) continue;
        run_whole(&b, kernel_set()->correlations[id]);
        if (n_different(&a, &b)) print_case("bits", kernel_set()->correlations[id], &a.c);
        assert_int_equal(n_different(&a, &b), 0);
      }
    }
    case_free(&a);
    case_free(&b);
  }
}

static void check_bands(Case *whole, Case *bands, const CorrelationAlgorithm *a, int number) {
  const Correlation *c = &whole->c;
  const int channels = a->channel_step(c), rows = a->row_step ? a->row_step(c) : 1;
  assert_true(rows >= 1 && channels >= 0);
  run_whole(whole, a);
  run(bands, a, channels == 0 ? c->out.c : channels * (1 + number % 3),
      rows * (1 + number / 3 % 2));
  if (n_different(whole, bands)) print_case("bands", a, c);
  assert_int_equal(n_different(whole, bands), 0);
}

static void test_bits_do_not_depend_on_bands(void **state) {
  (void)state;
  for (int isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
    if (!use_isa((Isa)isa)) continue;
    for (int i = isa == ISA_PORTABLE ? 3 : 0; i < N_SHAPES; i += isa == ISA_PORTABLE ? 7 : 1) {
      Case whole = case_make(i), bands = case_make(i);
      for (int id = 0; id < N_CORRELATIONS; id++)
        if (can(kernel_set()->correlations[id], &whole.c))
          check_bands(&whole, &bands, kernel_set()->correlations[id], i);
      case_free(&whole);
      case_free(&bands);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_errors_against_twin),
      cmocka_unit_test(test_bits_do_not_depend_on_instruction_set),
      cmocka_unit_test(test_bits_do_not_depend_on_bands),
  };
  return cmocka_run_group_tests(tests, use_lanes, NULL);
}
