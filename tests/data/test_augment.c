#include "data/augment.h"

#include <setjmp.h>
#include <stdarg.h>
// clang-format off
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int sizes[][3] = {{1, 28, 28}, {3, 32, 32}, {1, 1, 1},  {2, 5, 7},
                               {1, 40, 33}, {1, 3, 100}, {4, 64, 2}, {1, 31, 32}};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

typedef struct Case {
  int c, h, w;
  size_t n;
  uint8_t *image, *out, *expected;
  void *scratch;
} Case;

static Case case_make(int c, int h, int w) {
  Case k = {.c = c, .h = h, .w = w, .n = (size_t)c * (size_t)h * (size_t)w};
  k.image = malloc(k.n);
  /* Bytes beyond the end that must stay. */
  k.out = malloc(k.n + 8);
  k.expected = malloc(k.n);
  k.scratch = malloc(augment_scratch(h, w));
  assert_true(k.image && k.out && k.expected && k.scratch);
  uint32_t word = 1;
  for (size_t i = 0; i < k.n; i++) {
    word = word * 1664525u + 1013904223u;
    k.image[i] = (uint8_t)(word >> 24);
  }
  return k;
}

static void case_free(Case *k) {
  free(k->image);
  free(k->out);
  free(k->expected);
  free(k->scratch);
}

static void apply(Case *k, Augmentation a) {
  memset(k->out, 0xa5, k->n + 8);
  /* What an image before left there must not show. */
  memset(k->scratch, 0x5a, augment_scratch(k->h, k->w));
  augment_apply(k->out, k->image, k->c, k->h, k->w, &a, k->scratch);
  for (int i = 0; i < 8; i++) assert_int_equal(k->out[k->n + (size_t)i], 0xa5);
}

static int pixel(const Case *k, int c, int y, int x) {
  if (x < 0 || x >= k->w || y < 0 || y >= k->h) return 0;
  return k->image[((size_t)c * (size_t)k->h + (size_t)y) * (size_t)k->w + (size_t)x];
}

/* From the formulas of the header: the forward matrix, inverted by the rule for 2 x 2. */
static double twin(const Case *k, const Augmentation *a, int c, int row, int column) {
  double angle = a->rotation * M_PI / 180, t = tan(a->shear * M_PI / 180), f = a->flip ? -1 : 1;
  double lean[4] = {a->scale * f, -t * a->scale, 0, a->scale};
  double turn[4] = {cos(angle), sin(angle), -sin(angle), cos(angle)};
  double m[4] = {turn[0] * lean[0] + turn[1] * lean[2], turn[0] * lean[1] + turn[1] * lean[3],
                 turn[2] * lean[0] + turn[3] * lean[2], turn[2] * lean[1] + turn[3] * lean[3]};
  double determinant = m[0] * m[3] - m[1] * m[2];
  double u = column - 0.5 * (k->w - 1) - a->shift_x, v = row - 0.5 * (k->h - 1) - a->shift_y;
  double x = (m[3] * u - m[1] * v) / determinant + 0.5 * (k->w - 1);
  double y = (m[0] * v - m[2] * u) / determinant + 0.5 * (k->h - 1);
  int left = (int)floor(x), top = (int)floor(y);
  double sum = 0;
  for (int i = 0; i < 4; i++) {
    double part_x = i % 2 ? x - left : left + 1 - x, part_y = i / 2 ? y - top : top + 1 - y;
    sum += part_x * part_y * pixel(k, c, top + i / 2, left + i % 2);
  }
  return sum;
}

static void expect_twin(Case *k, Augmentation a) {
  apply(k, a);
  size_t i = 0;
  for (int c = 0; c < k->c; c++)
    for (int y = 0; y < k->h; y++)
      for (int x = 0; x < k->w; x++, i++) {
        double expected = twin(k, &a, c, y, x);
        /* Rounding to a byte, and places in float. */
        if (!(fabs(k->out[i] - expected) <= 0.5 + 0.02))
          fail_msg("%d x %d x %d, rotation %g, shear %g, scale %g, shift %g %g: [%d][%d][%d] is %d,"
                   " not %g",
                   k->c, k->h, k->w, a.rotation, a.shear, a.scale, a.shift_x, a.shift_y, c, y, x,
                   k->out[i], expected);
      }
}

static void nothing_asked_for_changes_nothing(void **state) {
  (void)state;
  const AugmentConfig none = {0};
  assert_false(augment_wanted(&none));
  for (int s = 0; s < N_SIZES; s++) {
    Case k = case_make(sizes[s][0], sizes[s][1], sizes[s][2]);
    for (uint32_t sample = 0; sample < 10; sample++) {
      Augmentation a;
      augment_draw(&a, &none, random_key(sample, RANDOM_AUGMENT), 3, sample);
      apply(&k, a);
      assert_memory_equal(k.out, k.image, k.n);
    }
    case_free(&k);
  }
}

/* The rotation too small to matter takes the way of interpolation. */
static void whole_shifts_are_exact(void **state) {
  (void)state;
  static const int shifts[][2] = {{0, 0}, {1, 0}, {0, -1}, {3, 2}, {-4, 5}, {200, 0}, {0, -5000}};
  for (int s = 0; s < N_SIZES; s++) {
    Case k = case_make(sizes[s][0], sizes[s][1], sizes[s][2]);
    for (size_t i = 0; i < 4 * sizeof shifts / sizeof *shifts; i++) {
      int right = shifts[i / 4][0], down = shifts[i / 4][1], flip = i % 2;
      apply(&k, (Augmentation){flip, 1, 0, i % 4 < 2 ? 0 : 1e-12, right, down});
      size_t at = 0;
      for (int c = 0; c < k.c; c++)
        for (int y = 0; y < k.h; y++)
          for (int x = 0; x < k.w; x++)
            k.expected[at++] =
                (uint8_t)pixel(&k, c, y - down, flip ? k.w - 1 - (x - right) : x - right);
      assert_memory_equal(k.out, k.expected, k.n);
    }
    case_free(&k);
  }
}

static void flipping_twice_is_nothing(void **state) {
  (void)state;
  for (int s = 0; s < N_SIZES; s++) {
    Case k = case_make(sizes[s][0], sizes[s][1], sizes[s][2]);
    memcpy(k.expected, k.image, k.n);
    const Augmentation flip = {.flip = 1, .scale = 1};
    apply(&k, flip);
    if (k.w > 1) assert_memory_not_equal(k.out, k.image, k.n);
    memcpy(k.image, k.out, k.n);
    apply(&k, flip);
    assert_memory_equal(k.out, k.expected, k.n);
    case_free(&k);
  }
}

static void quarter_turns_are_exact(void **state) {
  (void)state;
  for (int side = 1; side < 70; side += 23) {
    Case k = case_make(2, side, side);
    for (int turns = -2; turns <= 2; turns++) {
      apply(&k, (Augmentation){0, 1, 0, 90 * turns, 0, 0});
      size_t i = 0;
      for (int c = 0; c < 2; c++)
        for (int y = 0; y < side; y++)
          for (int x = 0; x < side; x++) {
            int far = side - 1;
            /* Counterclockwise: what is on top comes from the right. */
            int from[4][2] = {{y, x}, {x, far - y}, {far - y, far - x}, {far - x, y}};
            const int *place = from[(turns + 4) % 4];
            k.expected[i++] = (uint8_t)pixel(&k, c, place[0], place[1]);
          }
      assert_memory_equal(k.out, k.expected, k.n);
    }
    case_free(&k);
  }
}

static void all_together_agree_with_the_twin(void **state) {
  (void)state;
  RandomStream random = random_stream(7, RANDOM_RESAMPLE, 0);
  for (int s = 0; s < N_SIZES; s++) {
    Case k = case_make(sizes[s][0], sizes[s][1], sizes[s][2]);
    expect_twin(&k, (Augmentation){.scale = 1, .shift_x = 0.5});
    expect_twin(&k, (Augmentation){.scale = 1, .shift_y = -0.25});
    expect_twin(&k, (Augmentation){.scale = 0.5});
    expect_twin(&k, (Augmentation){.scale = 1.9});
    expect_twin(&k, (Augmentation){.scale = 1, .shear = 60});
    expect_twin(&k, (Augmentation){.scale = 1, .shear = -45});
    expect_twin(&k, (Augmentation){.scale = 1, .rotation = 30});
    expect_twin(&k, (Augmentation){.scale = 1, .rotation = -179.9});
    for (int i = 0; i < 200; i++)
      expect_twin(&k, (Augmentation){.flip = i % 2,
                                     .scale = random_uniform(&random, 0.3, 1.9),
                                     .shear = random_uniform(&random, -60, 60),
                                     .rotation = random_uniform(&random, -180, 180),
                                     .shift_x = random_uniform(&random, -6, 6),
                                     .shift_y = random_uniform(&random, -6, 6)});
    case_free(&k);
  }
}

/* What is far away is black, and nothing is read out of bounds on the way. */
static void extremes_are_safe(void **state) {
  (void)state;
  Case k = case_make(1, 28, 28);
  memset(k.expected, 0, k.n);
  apply(&k, (Augmentation){0, 1, 20, 33, 8192, -8192});
  assert_memory_equal(k.out, k.expected, k.n);
  memset(k.image, 255, k.n);
  apply(&k, (Augmentation){1, 0.1, 60, 45, 0.3, 0});
  apply(&k, (Augmentation){0, 1.9, 0, 0, 0, 0});
  for (size_t i = 0; i < k.n; i++) assert_int_equal(k.out[i], 255);
  case_free(&k);
}

static const AugmentConfig all = {
    .rotation = 15, .shift = 2.5, .scale = 0.2, .shear = 10, .crop = 3, .flip = 1};

static void check_spread(const double *value, int n, double low, double high) {
  double sum = 0, least = value[0], most = value[0], middle = 0.5 * (low + high);
  for (int i = 0; i < n; i++) {
    sum += value[i];
    least = fmin(least, value[i]);
    most = fmax(most, value[i]);
  }
  assert_true(least >= low && most <= high);
  /* Uniform: both ends are reached to a thousandth, the mean to five of its standard errors. */
  assert_true(least <= low + 0.001 * (high - low) && most >= high - 0.001 * (high - low));
  assert_true(fabs(sum / n - middle) <= 5 * (high - low) / sqrt(12.0 * n));
}

static void drawn_values_fill_their_ranges(void **state) {
  (void)state;
  enum { N = 20000 };
  static double value[5][N];
  const AugmentConfig no_crop = {
      .rotation = 15, .shift = 2.5, .scale = 0.2, .shear = 10, .flip = 1};
  RandomKey key = random_key(1, RANDOM_AUGMENT);
  int flips = 0;
  for (uint32_t i = 0; i < N; i++) {
    Augmentation a;
    augment_draw(&a, &no_crop, key, 2, i);
    flips += a.flip;
    const double drawn[] = {a.rotation, a.shear, a.scale, a.shift_x, a.shift_y};
    for (int k = 0; k < 5; k++) value[k][i] = drawn[k];
  }
  static const double ranges[][2] = {{-15, 15}, {-10, 10}, {0.8, 1.2}, {-2.5, 2.5}, {-2.5, 2.5}};
  for (int k = 0; k < 5; k++) check_spread(value[k], N, ranges[k][0], ranges[k][1]);
  assert_in_range(flips, N / 2 - 354, N / 2 + 354);
  /* No two go together: each has words of its own. */
  for (int k = 0; k < 5; k++)
    for (int m = 0; m < k; m++) {
      double product = 0;
      for (int i = 0; i < N; i++)
        product += (value[k][i] - 0.5 * (ranges[k][0] + ranges[k][1])) *
                   (value[m][i] - 0.5 * (ranges[m][0] + ranges[m][1]));
      double unit = (ranges[k][1] - ranges[k][0]) * (ranges[m][1] - ranges[m][0]) / 12;
      assert_true(fabs(product / N / unit) <= 5 / sqrt(N));
    }
}

static void crops_are_whole_and_alike(void **state) {
  (void)state;
  enum { N = 49000, P = 3, SIDE = 2 * P + 1 };
  const AugmentConfig crop = {.crop = P};
  int count[SIDE][SIDE] = {{0}};
  for (uint32_t i = 0; i < N; i++) {
    Augmentation a;
    augment_draw(&a, &crop, random_key(9, RANDOM_AUGMENT), 0, i);
    assert_true(a.shift_x == floor(a.shift_x) && a.shift_y == floor(a.shift_y));
    assert_true(fabs(a.shift_x) <= P && fabs(a.shift_y) <= P);
    assert_true(a.rotation == 0 && a.shear == 0 && a.scale == 1 && a.flip == 0);
    count[(int)a.shift_y + P][(int)a.shift_x + P]++;
  }
  double squares = 0, expected = (double)N / (SIDE * SIDE);
  for (int i = 0; i < SIDE * SIDE; i++) {
    double d = count[i / SIDE][i % SIDE] - expected;
    squares += d * d / expected;
  }
  /* Chi-squared with 48 degrees of freedom: above 100 once in 60,000 times. */
  assert_true(squares < 100);
}

static int same(const Augmentation *a, const Augmentation *b) {
  return a->flip == b->flip && a->scale == b->scale && a->shear == b->shear &&
         a->rotation == b->rotation && a->shift_x == b->shift_x && a->shift_y == b->shift_y;
}

static void each_sample_epoch_and_seed_is_its_own(void **state) {
  (void)state;
  Augmentation first, other;
  RandomKey key = random_key(1, RANDOM_AUGMENT);
  augment_draw(&first, &all, key, 4, 17);
  augment_draw(&other, &all, key, 4, 17);
  assert_true(same(&first, &other));
  augment_draw(&other, &all, key, 4, 18);
  assert_false(same(&first, &other));
  augment_draw(&other, &all, key, 5, 17);
  assert_false(same(&first, &other));
  augment_draw(&other, &all, random_key(2, RANDOM_AUGMENT), 4, 17);
  assert_false(same(&first, &other));
}

static void each_value_is_alone(void **state) {
  (void)state;
  RandomKey key = random_key(1, RANDOM_AUGMENT);
  AugmentConfig only[] = {{.rotation = 15}, {.scale = 0.2}, {.shear = 10}, {.flip = 1}};
  for (uint32_t i = 0; i < 50; i++) {
    Augmentation a, with_all;
    augment_draw(&with_all, &all, key, 0, i);
    for (int k = 0; k < 4; k++) {
      assert_true(augment_wanted(&only[k]));
      augment_draw(&a, &only[k], key, 0, i);
      assert_true(a.rotation == (k == 0 ? with_all.rotation : 0));
      assert_true(a.scale == (k == 1 ? with_all.scale : 1));
      assert_true(a.shear == (k == 2 ? with_all.shear : 0));
      assert_int_equal(a.flip, k == 3 ? with_all.flip : 0);
      assert_true(a.shift_x == 0 && a.shift_y == 0);
    }
  }
}

static void threads_do_not_matter(void **state) {
  (void)state;
  enum { N = 400 };
  Case k = case_make(3, 32, 32);
  RandomKey key = random_key(5, RANDOM_AUGMENT);
  uint8_t *alone = malloc(N * k.n), *together = malloc(N * k.n);
  for (uint32_t i = 0; i < N; i++) {
    Augmentation a;
    augment_draw(&a, &all, key, 1, i);
    augment_apply(alone + i * k.n, k.image, 3, 32, 32, &a, k.scratch);
  }
#pragma omp parallel num_threads(4)
  {
    void *scratch = malloc(augment_scratch(32, 32));
#pragma omp for schedule(dynamic)
    for (uint32_t i = 0; i < N; i++) {
      Augmentation a;
      augment_draw(&a, &all, key, 1, N - 1 - i);
      augment_apply(together + (N - 1 - i) * k.n, k.image, 3, 32, 32, &a, scratch);
    }
    free(scratch);
  }
  assert_memory_equal(alone, together, N * k.n);
  assert_memory_not_equal(alone, alone + k.n, k.n);
  free(alone);
  free(together);
  case_free(&k);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_asked_for_changes_nothing),
                                     cmocka_unit_test(whole_shifts_are_exact),
                                     cmocka_unit_test(flipping_twice_is_nothing),
                                     cmocka_unit_test(quarter_turns_are_exact),
                                     cmocka_unit_test(all_together_agree_with_the_twin),
                                     cmocka_unit_test(extremes_are_safe),
                                     cmocka_unit_test(drawn_values_fill_their_ranges),
                                     cmocka_unit_test(crops_are_whole_and_alike),
                                     cmocka_unit_test(each_sample_epoch_and_seed_is_its_own),
                                     cmocka_unit_test(each_value_is_alone),
                                     cmocka_unit_test(threads_do_not_matter)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
