#include "conv_case.h"

#include "base/memory.h"

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

void conv_fill_lanes(float *x, Shape s, int n_valid, float (*f)(uint64_t *), uint64_t *state) {
  for (int c = 0; c < s.c; c++)
    for (int p = 0; p < s.h * s.w; p++)
      for (int l = n_valid; l < LANES; l++)
        x[(size_t)c * s.stride + (size_t)(p * LANES + l)] = f(state);
}

ConvData conv_data_make(ConvCase c, unsigned seed) {
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
  for (size_t i = 0; i < d->n_x; i++) d->dx[i] = NAN;
  for (size_t i = 0; i < d->n_y; i++) d->y[i] = NAN;
  for (size_t i = 0; i < d->n_w; i++) d->dw[i] = NAN;
  backend->pack(packed, d->w, &d->s);
  backend->forward(d->y, d->x, packed, &d->s, NULL, scratch);
  check_guard(scratch, n_scratch);
  for (size_t i = 0; i < n_scratch; i++) scratch[i] = NAN;
  backend->backward_data(d->dx, d->dy, packed, &d->s, NULL, scratch);
  check_guard(scratch, n_scratch);
  for (size_t i = 0; i < n_scratch; i++) scratch[i] = NAN;
  backend->backward_weights(d->dw, d->x, d->dy, &d->s, NULL, scratch);
  check_guard(scratch, n_scratch);
  check_guard(packed, n_packed);
  check_guard(d->y, d->n_y);
  check_guard(d->dx, d->n_x);
  check_guard(d->dw, d->n_w);
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
