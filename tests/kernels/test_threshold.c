#include "base/exact.h"
#include "kernel_test.h"
#include "kernels/threshold.h"
#include "norm_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int SHAPES[][3] = {{1, 1, 1}, {3, 1, 7}, {2, 5, 5}, {5, 12, 12}};
enum { N_SHAPES = sizeof SHAPES / sizeof SHAPES[0], MAX_FLOATS = 5 * 145 * BLOCK_LINE, MAX_C = 5 };

#define ALIGNED __attribute__((aligned(64)))
static float x[MAX_FLOATS] ALIGNED, dy[MAX_FLOATS] ALIGNED;
static float y[MAX_FLOATS] ALIGNED, dx[MAX_FLOATS] ALIGNED;
static float first_y[MAX_FLOATS], first_dx[MAX_FLOATS];
static uint16_t kept[MAX_FLOATS / BLOCK_LINE];
static const float TAU[MAX_C] = {0, 0.4F, -0.7F, 1.5F, -3};

/* The second element of the first channel is at its threshold. */
static void fill(void) {
  uint64_t state = 29;
  for (int i = 0; i < MAX_FLOATS; i++) {
    x[i] = (float)next_normal(&state);
    dy[i] = (float)next_normal(&state);
  }
  x[LANES] = TAU[0];
}

static size_t place(Shape s, int e) {
  int map = s.h * s.w;
  return (size_t)(e / map) * s.stride + (size_t)(e % map) * LANES;
}

/* y = keep max(x, tau), dx = [x > tau] keep dy, dtau = the sum of keep dy where not. */
static void check(const ThresholdCall *call, const int64_t dtau[MAX_C]) {
  const Shape s = call->shape;
  double sum[MAX_C] = {0};
  for (int e = 0; e < s.c * s.h * s.w; e++)
    for (int l = 0; l < LANES; l++) {
      const size_t i = place(s, e) + (size_t)l;
      const int c = e / (s.h * s.w);
      double keep =
          call->dropout ? dropout_reference(call->dropout, call->dropout->lane[l], (size_t)e) : 1;
      double want = keep * (x[i] > TAU[c] ? x[i] : TAU[c]), d = keep * dy[i];
      assert_one_near(y[i], want, 2e-7 * fabs(want), "y");
      assert_one_near(dx[i], x[i] > TAU[c] ? d : 0, 2e-7 * fabs(d), "dx");
      if (!(x[i] > TAU[c])) sum[c] += d;
    }
  for (int c = 0; c < s.c; c++)
    assert_one_near(exact_gradient_value(dtau[c]), sum[c], 1e-4, "dtau");
}

/* Rows forward and channels backward in two calls, as two threads of a crew share them. */
static void run(ThresholdCall call, int64_t dtau[MAX_C]) {
  const Shape s = call.shape;
  const int rows = s.h / 2, channels = s.c / 2;
  const Band by_rows[] = {{0, s.c, 0, rows, s.stride, s.stride},
                          {0, s.c, rows, s.h - rows, s.stride, s.stride}};
  const Band by_channels[] = {{0, channels, 0, s.h, s.stride, s.stride},
                              {channels, s.c - channels, 0, s.h, s.stride, s.stride}};
  memset(dtau, 0, MAX_C * sizeof *dtau);
  memset(y, 0, sizeof y);
  memset(dx, 0, sizeof dx);
  for (int k = 0; k < 2; k++) {
    call.band = by_rows[k];
    if (call.band.n_rows == 0) continue;
    threshold_forward(y + band_begin(call.band, s), x + band_begin(call.band, s), &call);
  }
  for (int k = 0; k < 2; k++) {
    call.band = by_channels[k];
    if (call.band.n_channels == 0) continue;
    const size_t at = band_begin(call.band, s);
    assert_int_equal(threshold_backward(dx + at, dtau, 0x1p20, dy + at, x + at, &call), 0);
  }
}

static void agrees_with_formula(void **state) {
  (void)state;
  uint32_t lane[LANES];
  for (uint32_t l = 0; l < LANES; l++) lane[l] = l * 0x9e3779b9u + 5;
  const Dropout dropout = {.threshold = 60, .key = {3, 77}, .step = 12, .lane = lane};
  fill();
  for (int i = 0; i < N_SHAPES; i++)
    for (int drop = 0; drop < 2; drop++) {
      const ThresholdCall call = {.shape = shape_make(SHAPES[i][0], SHAPES[i][1], SHAPES[i][2]),
                                  .tau = TAU,
                                  .dropout = drop ? &dropout : NULL,
                                  .kept = kept};
      int64_t dtau[MAX_C], first[MAX_C];
      for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!use_isa((Isa)isa)) continue;
        run(call, dtau);
        check(&call, dtau);
        if (isa == 0) {
          memcpy(first, dtau, sizeof dtau);
          memcpy(first_y, y, sizeof y);
          memcpy(first_dx, dx, sizeof dx);
        }
        assert_memory_equal(dtau, first, sizeof dtau);
        assert_memory_equal(y, first_y, sizeof y);
        assert_memory_equal(dx, first_dx, sizeof dx);
      }
    }
}

static void numbers_that_are_none_are_told(void **state) {
  (void)state;
  const Shape s = shape_make(2, 1, 1);
  const ThresholdCall call = {.shape = s, .band = band_whole(s), .tau = TAU};
  int64_t dtau[MAX_C] = {0};
  for (int isa = 0; isa < ISA_COUNT; isa++) {
    if (!use_isa((Isa)isa)) continue;
    fill();
    x[3] = NAN;
    threshold_forward(y, x, &call);
    assert_true(isnan(y[3]));
    x[3] = -5;
    dy[3] = NAN;
    assert_int_equal(threshold_backward(dx, dtau, 0x1p20, dy, x, &call), 1);
    dy[3] = 0x1p20F;
    assert_int_equal(threshold_backward(dx, dtau, 0x1p20, dy, x, &call), 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_formula),
                                     cmocka_unit_test(numbers_that_are_none_are_told)};
  return cmocka_run_group_tests(tests, use_lanes, NULL);
}
