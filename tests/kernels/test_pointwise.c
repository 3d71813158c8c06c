#include "base/exact.h"
#include "kernel_test.h"
#include "kernels/pointwise.h"
#include "norm_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int SHAPES[][3] = {{1, 1, 1}, {3, 1, 7}, {2, 5, 5}, {5, 12, 12}};
enum { N_SHAPES = sizeof SHAPES / sizeof SHAPES[0], MAX_FLOATS = 5 * 145 * BLOCK_LINE };

#define ALIGNED __attribute__((aligned(64)))
static float x[MAX_FLOATS] ALIGNED, dy[MAX_FLOATS] ALIGNED;
static float y[MAX_FLOATS] ALIGNED, dx[MAX_FLOATS] ALIGNED;
static float portable_y[MAX_FLOATS], portable_dx[MAX_FLOATS];

static size_t place(Shape s, int e) {
  int map = s.h * s.w;
  return (size_t)(e / map) * s.stride + (size_t)(e % map) * LANES;
}

static void fill(void) {
  uint64_t state = 11;
  for (int i = 0; i < MAX_FLOATS; i++) {
    x[i] = (float)next_normal(&state);
    dy[i] = (float)next_normal(&state);
  }
  x[0] = 0;
}

static void check_forward_backward(Shape s, const Dropout *dropout, int relu) {
  memset(y, 0, sizeof y);
  memset(dx, 0, sizeof dx);
  pointwise_forward(y, x, dropout, relu, s, band_whole(s));
  pointwise_backward(dx, dy, y, dropout, relu, s, band_whole(s));
  for (int e = 0; e < s.c * s.h * s.w; e++)
    for (int l = 0; l < LANES; l++) {
      size_t i = place(s, e) + (size_t)l;
      double keep = dropout ? dropout_reference(dropout, dropout->lane[l], (size_t)e) : 1;
      double want = relu && x[i] < 0 ? 0 : keep * x[i];
      double slope = relu && !(x[i] > 0) ? 0 : keep;
      assert_one_near(y[i], want, 2e-7 * fabs(want), "y");
      assert_one_near(dx[i], slope * dy[i], 2e-7 * fabs(slope * dy[i]), "dx");
    }
}

static void test_dropout_relu(void **state) {
  (void)state;
  uint32_t lane[LANES];
  for (uint32_t l = 0; l < LANES; l++) lane[l] = l * 0x9e3779b9u + 5;
  fill();
  const int thresholds[] = {0, 1, 13, 128, 255};
  for (int i = 0; i < N_SHAPES; i++)
    for (int t = 0; t < 6; t++)
      for (int relu = 0; relu < 2; relu++) {
        Shape s = shape_make(SHAPES[i][0], SHAPES[i][1], SHAPES[i][2]);
        Dropout d = {.key = {0xdeadbeefu, 77}, .step = UINT64_MAX - 3, .lane = lane};
        d.threshold = t < 5 ? thresholds[t] : 0;
        for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
          if (!use_isa(isa)) continue;
          check_forward_backward(s, t < 5 ? &d : NULL, relu);
          if (isa == ISA_PORTABLE) {
            memcpy(portable_y, y, sizeof y);
            memcpy(portable_dx, dx, sizeof dx);
          }
          assert_memory_equal(y, portable_y, sizeof y);
          assert_memory_equal(dx, portable_dx, sizeof dx);
        }
      }
}

/* All thresholds together show every bit of the bytes that are drawn. */
static void test_dropout_bytes(void **state) {
  (void)state;
  uint32_t lane[LANES];
  for (uint32_t l = 0; l < LANES; l++) lane[l] = 0xffffffffu - l * l;
  Shape s = shape_make(2, 5, 5);
  Dropout d = {.key = {0xffffffffu, 0x80000001u}, .step = 0xfedcba9876543210u, .lane = lane};
  fill();
  for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++)
    for (d.threshold = 1; d.threshold < 256 && use_isa(isa); d.threshold++)
      check_forward_backward(s, &d, 0);
}

/* The share of dropped elements is threshold / 256 within five deviations. */
static void test_dropout_share(void **state) {
  (void)state;
  uint32_t lane[LANES];
  for (uint32_t l = 0; l < LANES; l++) lane[l] = l;
  Shape s = shape_make(5, 12, 12);
  Dropout d = {.threshold = 64, .key = {1, 2}, .lane = lane};
  double n = 5 * 144 * LANES, dropped = 0;
  for (int i = 0; i < MAX_FLOATS; i++) x[i] = 1;
  pointwise_forward(y, x, &d, 0, s, band_whole(s));
  for (int e = 0; e < s.c * s.h * s.w; e++)
    for (int l = 0; l < LANES; l++) dropped += y[place(s, e) + (size_t)l] == 0;
  assert_one_near(dropped, n / 4, 5 * sqrt(n * 3 / 16), "dropped");
}

static void test_not_finite(void **state) {
  (void)state;
  uint32_t lane[LANES] = {0};
  Shape s = shape_make(1, 12, 12);
  Dropout d = {.threshold = 200, .lane = lane};
  for (int i = 0; i < MAX_FLOATS; i++) x[i] = i % 2 ? NAN : INFINITY;
  for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++)
    for (int relu = 0; relu < 2 && use_isa(isa); relu++) {
      pointwise_forward(y, x, &d, relu, s, band_whole(s));
      for (int i = 0; i < 144 * LANES; i++) assert_false(isfinite(y[i]));
    }
}

static void test_bias_add(void **state) {
  (void)state;
  const float b[5] = {1, -2, 0.5f, 3, 1e-3f};
  fill();
  for (int i = 0; i < N_SHAPES; i++)
    for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
      if (!use_isa(isa)) continue;
      Shape s = shape_make(SHAPES[i][0], SHAPES[i][1], SHAPES[i][2]);
      double db[5], want[5] = {0};
      int64_t sums[5] = {0};
      bias_forward(y, x, b, s);
      add_forward(dx, x, dy, s);
      assert_int_equal(bias_backward(sums, dy, s, 1e5), 0);
      for (int c = 0; c < s.c; c++) db[c] = exact_gradient_value(sums[c]);
      assert_int_equal(bias_backward(sums, dy, s, 1e-9), 1);
      for (int e = 0; e < s.c * s.h * s.w; e++)
        for (int l = 0; l < LANES; l++) {
          size_t at = place(s, e) + (size_t)l;
          assert_true(y[at] == x[at] + b[e / s.h / s.w]);
          assert_true(dx[at] == x[at] + dy[at]);
          want[e / s.h / s.w] += dy[at];
        }
      assert_near(db, want, (size_t)s.c, 1e-11, "db");
    }
}

static void test_load_images(void **state) {
  (void)state;
  Shape s = shape_make(2, 3, 5);
  static float table[2 * 256];
  uint8_t image[LANES][30];
  const uint8_t *pixel[LANES];
  for (int i = 0; i < 512; i++) table[i] = (float)(i * i);
  for (int l = 0; l < LANES; l++) {
    for (int i = 0; i < 30; i++) image[l][i] = (uint8_t)(l * 31 + i * 7);
    pixel[l] = l < 13 ? image[l] : NULL;
  }
  memset(x, 0x55, sizeof x);
  load_images(x, pixel, table, s);
  for (int e = 0; e < 30; e++)
    for (int l = 0; l < LANES; l++)
      assert_true(x[place(s, e) + (size_t)l] == (l < 13 ? table[e / 15 * 256 + image[l][e]] : 0));
}

static void test_empty_lanes(void **state) {
  (void)state;
  Shape s = shape_make(2, 5, 5);
  for (int n_valid = 0; n_valid <= LANES; n_valid++) {
    fill();
    memcpy(y, x, sizeof x);
    y[place(s, 7) + LANES - 1] = NAN;
    clear_empty_lanes(y, n_valid, s);
    for (int e = 0; e < 50; e++)
      for (int l = 0; l < LANES; l++)
        if (l < n_valid && l < LANES - 1)
          assert_true(y[place(s, e) + (size_t)l] == x[place(s, e) + (size_t)l]);
        else if (l >= n_valid)
          assert_true(y[place(s, e) + (size_t)l] == 0 && !signbit(y[place(s, e) + (size_t)l]));
  }
}

enum { N_TERMS = 1003 };

/* rint(term / step) by rounding in extended precision, which holds it exactly. */
static int add_reference(int64_t *acc, double term, double limit) {
  if (!(fabs(term) < limit)) return 1;
  *acc += (int64_t)rintl((long double)term / EXACT_GRADIENT_STEP);
  return 0;
}

static void test_gradient_add(void **state) {
  (void)state;
  static float term[N_TERMS];
  static int64_t acc[N_TERMS], want[N_TERMS];
  const double limit = exact_term_limit(EXACT_GRADIENT_RANGE, 3);
  uint64_t seed = 23;
  for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
    if (!use_isa(isa)) continue;
    for (size_t n = 0; n < N_TERMS; n += n < 40 ? 1 : 321)
      for (int bad = 0; bad < 6; bad++) {
        const double worst[] = {0, NAN, INFINITY, -1.01 * limit, 1e300, -INFINITY};
        for (size_t i = 0; i < n; i++) {
          /* From far below the grid to near the limit, ties included. */
          double v = next_uniform(&seed) * exp2(18 - (double)(i % 70));
          if (i % 9 == 0)
            term[i] = ((double)(int64_t)(i * 977) + 0.5) * (i % 2 ? -1 : 1) * EXACT_GRADIENT_STEP;
          if (i % 11 == 0) v = 0.999 * (i % 2 ? limit : -limit);
          if (n && bad && i == (size_t)bad * 7919 % n) v = worst[bad];
          term[i] = (float)v;
          acc[i] = want[i] = (int64_t)i * 1000003;
        }
        int flag = 0;
        for (size_t i = 0; i < n; i++) flag |= add_reference(&want[i], term[i], limit);
        assert_int_equal(gradient_add_floats(acc, term, n, limit), flag);
        assert_memory_equal(acc, want, sizeof acc);
        assert_int_equal(flag, n && bad);
      }
  }
}

/* The same for lanes: rows whose terms are all small, and rows that have one large or bad one. */
static void test_gradient_add_lanes(void **state) {
  (void)state;
  enum { N_ROWS = 131 };
  static float term[N_ROWS][LANES] __attribute__((aligned(64)));
  static double doubles[N_ROWS * LANES];
  static int64_t acc[N_ROWS], want[N_ROWS];
  uint64_t seed = 29;
  for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
    if (!use_isa(isa)) continue;
    for (size_t n = 0; n <= N_ROWS; n += n < 20 ? 1 : 37)
      for (int k = 0; k < 24; k++) {
        const double limit = exact_term_limit(EXACT_GRADIENT_RANGE, k % 2 ? 100 : 100000);
        const double worst[] = {0,     NAN,       INFINITY, -limit,    -INFINITY,     1e30,
                                511.9, -511.9999, 512,      -513.0625, limit * 0.999, -1e-30};
        int flag = 0;
        for (size_t i = 0; i < n; i++) {
          acc[i] = want[i] = (int64_t)i * -1000003;
          for (size_t l = 0; l < LANES; l++) {
            term[i][l] = (float)(next_uniform(&seed) * exp2(4 - (double)((i + l) % 50)));
            if (l % 5 == 0) term[i][l] = ((float)(i * 977 % 9999) + 0.5F) * 0x1p-42F;
            if (i == (size_t)k * 7919 % n && l == (size_t)(k * 5 % LANES))
              term[i][l] = (float)worst[k / 2];
            flag |= add_reference(&want[i], term[i][l], limit);
          }
        }
        assert_int_equal(gradient_add_lanes(acc, term[0], n, limit), flag);
        assert_memory_equal(acc, want, sizeof acc);
        for (size_t i = 0; i < n; i++) acc[i] = (int64_t)i * -1000003;
        for (size_t i = 0; i < n * LANES; i++) doubles[i] = (double)term[i / LANES][i % LANES];
        assert_int_equal(gradient_add_double_lanes(acc, doubles, n, limit), flag);
        assert_memory_equal(acc, want, sizeof acc);
      }
  }
}

/* Against exact_add() lane by lane: any lanes of rows, steps, sizes, and terms out of range. */
static void test_exact_add_lanes(void **state) {
  (void)state;
  enum { N_ROWS = 21 };
  static double term[N_ROWS][LANES];
  const double worst[] = {0, NAN, INFINITY, -1e19, 0x1p51, -0x1p51 + 0.25, 0x1p58, -0x1p-51};
  uint64_t seed = 31;
  for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
    if (!use_isa(isa)) continue;
    for (size_t n = 0; n <= N_ROWS; n++)
      for (int k = 0; k < 32; k++) {
        const int begin = k * 5 % LANES, end = begin + 1 + k * 3 % (LANES - begin);
        const double limit = exact_term_limit(EXACT_SUM_RANGE, k % 4 ? 3 : 100000);
        const size_t step = (size_t)(k % 3);
        ExactSum sum[2 * N_ROWS], want[2 * N_ROWS];
        int flag = 0;
        for (size_t i = 0; i < 2 * N_ROWS; i++) sum[i] = want[i] = (ExactSum)i * -1000003;
        for (size_t i = 0; i < n; i++)
          for (int l = 0; l < LANES; l++) {
            term[i][l] = next_uniform(&seed) * exp2(30 - (double)((i + (size_t)l) % 90));
            if (l % 5 == 0) term[i][l] = ((double)(i * 977 % 999) - 500.5) * 0x1p-50;
            if (i == (size_t)k % n && l == begin) term[i][l] = worst[k / 4];
            if (l < begin || l >= end) term[i][l] = NAN;
            if (l >= begin && l < end) flag |= exact_add(&want[i * step], term[i][l], limit);
          }
        assert_int_equal(exact_add_lanes(sum, step, term[0], n, begin, end, limit), flag);
        for (size_t i = 0; i < 2 * N_ROWS; i++) assert_true(sum[i] == want[i]);
      }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_dropout_relu),       cmocka_unit_test(test_dropout_bytes),
      cmocka_unit_test(test_dropout_share),      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_bias_add),           cmocka_unit_test(test_load_images),
      cmocka_unit_test(test_empty_lanes),        cmocka_unit_test(test_gradient_add),
      cmocka_unit_test(test_gradient_add_lanes), cmocka_unit_test(test_exact_add_lanes)};
  return cmocka_run_group_tests(tests, use_lanes, NULL);
}
