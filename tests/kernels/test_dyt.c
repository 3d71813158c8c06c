#include "base/exact.h"
#include "kernel_test.h"
#include "kernels/dyt.h"
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
static uint16_t passes[MAX_FLOATS / BLOCK_LINE];
static float gamma_of[MAX_C], beta_of[MAX_C];

/* Exact sums of all parameters. */
typedef struct Sums {
  int64_t alpha, gamma[MAX_C], beta[MAX_C];
} Sums;

static void fill(void) {
  uint64_t state = 23;
  for (int i = 0; i < MAX_FLOATS; i++) {
    x[i] = (float)(3 * next_normal(&state));
    dy[i] = (float)next_normal(&state);
  }
  x[0] = 0;
  for (int c = 0; c < MAX_C; c++) {
    gamma_of[c] = (float)next_normal(&state);
    beta_of[c] = (float)next_normal(&state);
  }
}

static size_t place(Shape s, int e) {
  int map = s.h * s.w;
  return (size_t)(e / map) * s.stride + (size_t)(e % map) * LANES;
}

/* Everything by the formulas, element by element. */
static void check(const DytCall *call, const Sums *sums) {
  const Shape s = call->shape;
  double dalpha = 0, dgamma[MAX_C] = {0}, dbeta[MAX_C] = {0};
  for (int e = 0; e < s.c * s.h * s.w; e++)
    for (int l = 0; l < LANES; l++) {
      const size_t i = place(s, e) + (size_t)l;
      const int c = e / (s.h * s.w);
      double keep =
          call->dropout ? dropout_reference(call->dropout, call->dropout->lane[l], (size_t)e) : 1;
      double t = tanh((double)call->alpha * x[i]), z = keep * (gamma_of[c] * t + beta_of[c]);
      double d = call->relu && !(z > 0) ? 0 : keep * dy[i], slope = d * (1 - t * t);
      double size = keep * (fabs((double)gamma_of[c]) + fabs((double)beta_of[c]));
      assert_one_near(y[i], call->relu && z < 0 ? 0 : z, 5e-7 * size + 1e-30, "y");
      assert_one_near(dx[i], call->alpha * gamma_of[c] * slope,
                      2e-6 * fabs(d * gamma_of[c]) + 1e-30, "dx");
      dalpha += gamma_of[c] * slope * x[i], dgamma[c] += d * t, dbeta[c] += d;
    }
  assert_one_near(exact_gradient_value(sums->alpha), dalpha, 3e-4, "dalpha");
  for (int c = 0; c < s.c; c++) {
    assert_one_near(exact_gradient_value(sums->gamma[c]), dgamma[c], 1e-4, "dgamma");
    assert_one_near(exact_gradient_value(sums->beta[c]), dbeta[c], 1e-4, "dbeta");
  }
}

/* Channels or rows in two calls, as two threads of a crew share them. */
static void run(DytCall call, Sums *sums) {
  const Shape s = call.shape;
  const DytGradient gradient = {&sums->alpha, sums->gamma, sums->beta, 0x1p20};
  *sums = (Sums){0};
  memset(y, 0, sizeof y);
  memset(dx, 0, sizeof dx);
  const int rows = s.h / 2, channels = s.c / 2;
  const Band by_rows[] = {{0, s.c, 0, rows, s.stride, s.stride},
                          {0, s.c, rows, s.h - rows, s.stride, s.stride}};
  const Band by_channels[] = {{0, channels, 0, s.h, s.stride, s.stride},
                              {channels, s.c - channels, 0, s.h, s.stride, s.stride}};
  for (int k = 0; k < 2; k++) {
    call.band = by_rows[k];
    if (call.band.n_rows == 0) continue;
    const size_t at = band_begin(call.band, s);
    dyt_forward(y + at, x + at, &call);
  }
  for (int k = 0; k < 2; k++) {
    call.band = by_channels[k];
    if (call.band.n_channels == 0) continue;
    const size_t at = band_begin(call.band, s);
    assert_int_equal(dyt_backward(dx + at, &gradient, dy + at, x + at, &call), 0);
  }
}

static void agrees_with_formula(void **state) {
  (void)state;
  uint32_t lane[LANES];
  for (uint32_t l = 0; l < LANES; l++) lane[l] = l * 0x9e3779b9u + 5;
  const Dropout dropout = {.threshold = 60, .key = {3, 77}, .step = 12, .lane = lane};
  fill();
  for (int i = 0; i < N_SHAPES; i++)
    for (int mode = 0; mode < 4; mode++) {
      const DytCall call = {.shape = shape_make(SHAPES[i][0], SHAPES[i][1], SHAPES[i][2]),
                            .alpha = 0.7F,
                            .gamma = gamma_of,
                            .beta = beta_of,
                            .dropout = mode & 1 ? &dropout : NULL,
                            .relu = mode >> 1,
                            .passes = passes};
      Sums sums, first;
      for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!use_isa((Isa)isa)) continue;
        run(call, &sums);
        check(&call, &sums);
        if (isa == 0) {
          first = sums;
          memcpy(first_y, y, sizeof y);
          memcpy(first_dx, dx, sizeof dx);
        }
        assert_memory_equal(&sums, &first, sizeof sums);
        assert_memory_equal(y, first_y, sizeof y);
        assert_memory_equal(dx, first_dx, sizeof dx);
      }
    }
}

/* tanh of values of all magnitudes and of both signs, as the header of tanh.h promises. */
static void tanh_is_accurate(void **state) {
  (void)state;
  static const float one = 1, zero = 0;
  const Shape s = shape_make(1, 12, 12);
  const DytCall call = {
      .shape = s, .band = band_whole(s), .alpha = 1, .gamma = &one, .beta = &zero};
  double worst = 0;
  for (int isa = 0; isa < ISA_COUNT; isa++) {
    if (!use_isa((Isa)isa)) continue;
    for (int part = 0; part < 200; part++) {
      for (int i = 0; i < 144 * LANES; i++) {
        double share = (part * 144 * LANES + i) / (200.0 * 144 * LANES);
        x[i] = (float)((i % 2 ? 1 : -1) * (part % 2 ? 10 * share : exp(70 * share - 50)));
      }
      dyt_forward(y, x, &call);
      for (int i = 0; i < 144 * LANES; i++) {
        double want = tanh((double)x[i]), error = fabs((double)y[i] - want);
        assert_true(error <= 3.1e-7 * fabs(want));
        assert_true(fabs((double)y[i]) <= 1);
        worst = fmax(worst, error / fabs(want));
      }
    }
    const float odd[] = {0, -0.0F, INFINITY, -INFINITY, NAN, 1e-40F};
    memcpy(x, odd, sizeof odd);
    dyt_forward(y, x, &call);
    assert_true(y[0] == 0 && y[1] == 0 && y[2] == 1 && y[3] == -1 && isnan(y[4]));
    assert_true(fabs((double)y[5]) <= 1e-40);
  }
  print_message("largest relative error of tanh %.2e\n", worst);
}

/* A term that is out of range, or no number, is told. */
static void range_is_told(void **state) {
  (void)state;
  const Shape s = shape_make(2, 1, 1);
  const DytCall call = {
      .shape = s, .band = band_whole(s), .alpha = 1, .gamma = gamma_of, .beta = beta_of};
  Sums sums = {0};
  DytGradient gradient = {&sums.alpha, sums.gamma, sums.beta, 1e3};
  fill();
  assert_int_equal(dyt_backward(dx, &gradient, dy, x, &call), 0);
  dy[3] = 2e3F;
  assert_int_equal(dyt_backward(dx, &gradient, dy, x, &call), 1);
  fill();
  dy[s.stride + 3] = NAN;
  assert_int_equal(dyt_backward(dx, &gradient, dy, x, &call), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_formula),
                                     cmocka_unit_test(tanh_is_accurate),
                                     cmocka_unit_test(range_is_told)};
  return cmocka_run_group_tests(tests, use_lanes, NULL);
}
