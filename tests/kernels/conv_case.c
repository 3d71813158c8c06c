#include "conv_case.h"

#include "base/exact.h"
#include "base/memory.h"
#include "conv_reference.h"
#include "kernels/isa.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GUARD = 64 };
static const float GUARD_VALUE = 12345.0F;

ConvShape conv_case_shape(ConvCase c) {
  const int out_h = (c.h + 2 * c.padding - c.kernel) / c.stride + 1;
  const int out_w = (c.w + 2 * c.padding - c.kernel) / c.stride + 1;
  return (ConvShape){shape_make(c.in_c, c.h, c.w), shape_make(c.out_c, out_h, out_w), c.kernel,
                     c.stride, c.padding};
}

float conv_random(uint64_t *state) {
  *state = *state * 6364136223846793005U + 1442695040888963407U;
  return (float)(int32_t)(*state >> 32) * 0x1p-31F;
}

static float *guarded(size_t n) {
  float *p;
  Status status = memory_allocate(&p, n + GUARD, sizeof *p, "test data");
  assert_int_equal(status.code, STATUS_OK);
  for (size_t i = 0; i < n; i++) p[i] = NAN;
  for (size_t i = n; i < n + GUARD; i++) p[i] = GUARD_VALUE;
  return p;
}

static void check_guard(const float *p, size_t n) {
  for (size_t i = n; i < n + GUARD; i++) assert_true(p[i] == GUARD_VALUE);
}

/* Sums of gradients that start at zero; ends at a guard. */
static int64_t *sums_make(size_t n) {
  int64_t *p;
  Status status = memory_allocate(&p, n + 1, sizeof *p, "test data");
  assert_int_equal(status.code, STATUS_OK);
  p[n] = 77;
  return p;
}

static void sums_take(float *value, int64_t *sums, size_t n) {
  for (size_t i = 0; i < n; i++) value[i] = (float)exact_gradient_value(sums[i]);
  assert_int_equal(sums[n], 77);
  free(sums);
}

void conv_fill_lanes(float *x, Shape s, int n_valid, float (*f)(uint64_t *), uint64_t *state) {
  for (int c = 0; c < s.c; c++)
    for (int p = 0; p < s.h * s.w; p++)
      for (int l = n_valid; l < LANES; l++)
        x[(size_t)c * s.stride + (size_t)(p * LANES + l)] = f(state);
}

ConvData conv_data_make(ConvCase c, unsigned seed) {
  block_set_lanes(LANES);
  ConvData d = {.s = conv_case_shape(c)};
  uint64_t state = seed + 1U;
  d.n_x = shape_floats(d.s.in);
  d.n_y = shape_floats(d.s.out);
  d.n_w = (size_t)(c.in_c * c.out_c * c.kernel * c.kernel);
  d.x = guarded(d.n_x);
  d.dx = guarded(d.n_x);
  d.y = guarded(d.n_y);
  d.dy = guarded(d.n_y);
  d.w = guarded(d.n_w);
  d.dw = guarded(d.n_w);
  conv_fill_lanes(d.x, d.s.in, 0, conv_random, &state);
  conv_fill_lanes(d.dy, d.s.out, 0, conv_random, &state);
  for (size_t i = 0; i < d.n_w; i++) d.w[i] = conv_random(&state);
  return d;
}

void conv_data_free(ConvData *d) {
  float *all[] = {d->x, d->dx, d->y, d->dy, d->w, d->dw};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

void conv_data_run(ConvData *d, const ConvBackend *backend) {
  const size_t n_packed = backend->packed_size(&d->s), n_scratch = backend->scratch_size(&d->s);
  float *packed = guarded(n_packed), *scratch = guarded(n_scratch);
  int64_t *dw = sums_make(d->n_w);
  for (size_t i = 0; i < d->n_x; i++) d->dx[i] = NAN;
  for (size_t i = 0; i < d->n_y; i++) d->y[i] = NAN;
  backend->pack(packed, d->w, &d->s);
  const ConvCall call = {
      .shape = &d->s, .packed = packed, .scratch = scratch, .limit = EXACT_GRADIENT_RANGE / LANES};
  backend->forward(d->y, d->x, &call);
  check_guard(scratch, n_scratch);
  for (size_t i = 0; i < n_scratch; i++) scratch[i] = NAN;
  backend->backward_data(d->dx, d->dy, &call);
  check_guard(scratch, n_scratch);
  for (size_t i = 0; i < n_scratch; i++) scratch[i] = NAN;
  assert_int_equal(backend->backward_weights(dw, d->x, d->dy, &call), 0);
  check_guard(scratch, n_scratch);
  check_guard(packed, n_packed);
  check_guard(d->y, d->n_y);
  check_guard(d->dx, d->n_x);
  sums_take(d->dw, dw, d->n_w);
  check_guard(d->dw, d->n_w);
  free(packed);
  free(scratch);
}

/* A band of y into the whole one, which it may not leave. */
static void put_band(float *to, const float *band_array, Band band, Shape s) {
  const size_t n = (size_t)(band.n_rows * s.w) * LANES;
  for (int c = 0; c < band.n_channels; c++)
    memcpy(to + band_begin(band, s) + (size_t)c * s.stride, band_array + (size_t)c * band.stride,
           n * sizeof *to);
}

static int smaller(int a, int b) {
  return a < b ? a : b;
}

/* Bands of `step` channels and `rows` rows; ahead runs through x and beyond what is left of it. */
static void run_bands(ConvData *d, const ConvBackend *backend, const float *packed, float *scratch,
                      int backward, int step, int rows) {
  const Shape s = backward ? d->s.in : d->s.out;
  if (step == 0) step = s.c;
  for (int c = 0; c < s.c; c += step)
    for (int row = 0; row < s.h; row += rows) {
      Band band = {c, smaller(step, s.c - c), row, smaller(rows, s.h - row), 0, 0};
      band.stride = shape_make(1, band.n_rows, s.w).stride + 2 * LANES;
      const size_t n = (size_t)band.n_channels * band.stride;
      float *array = guarded(n);
      const Ahead ahead = {d->x, 3 * LANES, 5 * LANES, 7, 3};
      const ConvCall call = {
          .shape = &d->s, .packed = packed, .band = &band, .ahead = ahead, .scratch = scratch};
      if (backward)
        backend->backward_data(array, d->dy, &call);
      else
        backend->forward(array, d->x, &call);
      check_guard(array, n);
      put_band(backward ? d->dx : d->y, array, band, s);
      free(array);
    }
}

/* The weight gradient for one channel of the input and two of the output at a time. */
static void run_weights(ConvData *d, const ConvBackend *backend, float *scratch) {
  const size_t taps = (size_t)(d->s.kernel * d->s.kernel), n_in = (size_t)d->s.in.c;
  const Ahead ahead = {d->x, LANES, 0, d->n_x / 2 / LANES, 1};
  int64_t *dw = sums_make(d->n_w);
  for (int o = 0; o < d->s.out.c; o += 2)
    for (size_t c = 0; c < n_in; c++) {
      ConvShape some = d->s;
      some.in.c = 1;
      some.out.c = smaller(2, d->s.out.c - o);
      const ConvCall call = {.shape = &d->s,
                             .part = &some,
                             .ahead = ahead,
                             .scratch = scratch,
                             .limit = EXACT_GRADIENT_RANGE / LANES,
                             .dw_channel = n_in * taps};
      backend->backward_weights(dw + ((size_t)o * n_in + c) * taps, d->x + c * d->s.in.stride,
                                d->dy + (size_t)o * d->s.out.stride, &call);
    }
  sums_take(d->dw, dw, d->n_w);
}

void conv_data_run_bands(ConvData *d, const ConvBackend *backend) {
  float *packed = guarded(backend->packed_size(&d->s));
  const size_t n_scratch = backend->scratch_size(&d->s);
  float *scratch = guarded(n_scratch);
  backend->pack(packed, d->w, &d->s);
  for (size_t i = 0; i < d->n_x; i++) d->dx[i] = NAN;
  for (size_t i = 0; i < d->n_y; i++) d->y[i] = NAN;
  const ConvSteps y = backend->steps(&d->s, CONV_FORWARD), dx = backend->steps(&d->s, CONV_DATA);
  run_bands(d, backend, packed, scratch, 0, y.channels, 2 * y.rows);
  run_bands(d, backend, packed, scratch, 1, 2 * dx.channels, 3 * dx.rows);
  run_weights(d, backend, scratch);
  check_guard(scratch, n_scratch);
  free(packed);
  free(scratch);
}

size_t conv_count_different(const float *a, const float *b, Shape s) {
  size_t n = 0;
  for (int c = 0; c < s.c; c++)
    for (size_t i = 0; i < (size_t)(s.h * s.w * LANES); i++)
      n += memcmp(a + (size_t)c * s.stride + i, b + (size_t)c * s.stride + i, sizeof *a) != 0;
  return n;
}

int conv_select_isa(Isa isa) {
  setenv("NORMLAB_ISA", isa_name(isa), 1);
  const Status status = isa_select();
  if (status.code != STATUS_OK) print_message("left out: %s\n", status.text);
  return status.code == STATUS_OK;
}

void conv_print_case(const char *what, const ConvCase *c, double error) {
  print_error("%s: %d->%d channels of %dx%d, kernel %d, stride %d, padding %d: error %g\n", what,
              c->in_c, c->out_c, c->h, c->w, c->kernel, c->stride, c->padding, error);
}

/* Lane l of an activation, dense, in double. */
static void take_lane(double *to, const float *from, Shape s, int l) {
  for (int c = 0; c < s.c; c++)
    for (int p = 0; p < s.h * s.w; p++)
      *to++ = (double)from[(size_t)c * s.stride + (size_t)(p * LANES + l)];
}

/* Largest difference over largest reference; NaN if any is. */
typedef struct Worst {
  double difference, reference;
} Worst;

static void compare(Worst *worst, const double *a, const double *reference, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const double difference = fabs(a[i] - reference[i]);
    if (!(difference <= worst->difference)) worst->difference = difference;
    if (!(fabs(reference[i]) <= worst->reference)) worst->reference = fabs(reference[i]);
  }
}

static double relative(Worst worst) {
  return worst.difference / worst.reference;
}

static double *doubles(size_t n) {
  double *p = calloc(n, sizeof *p);
  assert_non_null(p);
  return p;
}

void conv_errors(double error[3], const ConvData *d) {
  const ConvShape *s = &d->s;
  const size_t n_x = (size_t)(s->in.c * s->in.h * s->in.w);
  const size_t n_y = (size_t)(s->out.c * s->out.h * s->out.w);
  double *x = doubles(n_x), *dx = doubles(n_x), *y = doubles(n_y), *dy = doubles(n_y);
  double *w = doubles(d->n_w), *dw = doubles(d->n_w), *got = doubles(n_x + n_y + d->n_w);
  Worst worst[3] = {{0, 0}, {0, 0}, {0, 0}};
  for (size_t i = 0; i < d->n_w; i++) w[i] = (double)d->w[i];
  for (int l = 0; l < LANES; l++) {
    take_lane(x, d->x, s->in, l);
    take_lane(dy, d->dy, s->out, l);
    conv_reference_forward(y, x, w, s);
    conv_reference_backward_data(dx, dy, w, s);
    conv_reference_backward_weights(dw, x, dy, s);
    take_lane(got, d->y, s->out, l);
    compare(&worst[0], got, y, n_y);
    take_lane(got, d->dx, s->in, l);
    compare(&worst[1], got, dx, n_x);
  }
  for (size_t i = 0; i < d->n_w; i++) got[i] = (double)d->dw[i];
  compare(&worst[2], got, dw, d->n_w);
  for (int k = 0; k < 3; k++) error[k] = relative(worst[k]);
  double *all[] = {x, dx, y, dy, w, dw, got};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

void conv_check_instruction_sets(const ConvCase *c, const ConvBackend *backend) {
  ConvData a = conv_data_make(*c, 100);
  ConvData b = conv_data_make(*c, 100);
  assert_true(conv_select_isa(ISA_PORTABLE));
  conv_data_run(&a, backend);
  for (int isa = ISA_PORTABLE + 1; isa < ISA_COUNT; isa++) {
    if (!conv_select_isa((Isa)isa)) continue;
    conv_data_run(&b, backend);
    const size_t n_y = conv_count_different(a.y, b.y, a.s.out);
    const size_t n_dx = conv_count_different(a.dx, b.dx, a.s.in);
    const int dw_differs = memcmp(a.dw, b.dw, a.n_w * sizeof *a.dw) != 0;
    if (n_y || n_dx || dw_differs) conv_print_case(isa_name((Isa)isa), c, NAN);
    assert_int_equal(n_y, 0);
    assert_int_equal(n_dx, 0);
    assert_int_equal(dw_differs, 0);
  }
  conv_data_free(&a);
  conv_data_free(&b);
}

void conv_check_bands(const ConvCase *c, const ConvBackend *backend) {
  ConvData a = conv_data_make(*c, 7), b = conv_data_make(*c, 7);
  conv_data_run(&a, backend);
  conv_data_run_bands(&b, backend);
  const size_t n_different =
      conv_count_different(a.y, b.y, a.s.out) + conv_count_different(a.dx, b.dx, a.s.in);
  if (n_different) conv_print_case("parts", c, NAN);
  assert_int_equal(n_different, 0);
  assert_memory_equal(a.dw, b.dw, a.n_w * sizeof *a.dw);
  conv_data_free(&a);
  conv_data_free(&b);
}
