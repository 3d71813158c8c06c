/* What each corruption does to an image, against formulas of its own. */
#include "corrupted_images.h"
#include "support/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 20 };

/* Mean and deviation of images that were all of this value, against those expected, within five
 * standard errors. */
static void expect_moments(const char *name, int c, int severity, int value, double mean,
                           double deviation) {
  ImageSet set = flat(200, c, 28, 28, value);
  uint8_t *out = corrupted(&set, name, severity);
  double n = (double)size_of(&set), sum = 0, squares = 0;
  for (size_t i = 0; i < size_of(&set); i++) sum += out[i];
  for (size_t i = 0; i < size_of(&set); i++) squares += pow(out[i] - sum / n, 2);
  double found = sqrt(squares / n);
  if (!(fabs(sum / n - mean) <= 5 * deviation / sqrt(n)))
    fail_msg("%s %d: mean %g, expected %g", name, severity, sum / n, mean);
  if (!(fabs(found / deviation - 1) <= 5 / sqrt(n)))
    fail_msg("%s %d: deviation %g, expected %g", name, severity, found, deviation);
  free(out);
  set_free(&set);
}

/* Of 120 nothing is cut within four deviations; rounding adds 1/12 to the variance. */
static void expect_normal(const char *name, int c, int severity, double of) {
  double deviation = of * value_of(name, c, severity);
  expect_moments(name, c, severity, 120, 120, sqrt(deviation * deviation + 1.0 / 12));
}

/* The moments of bytes from Poisson's probabilities, by the library's gamma function. */
static void expect_photons(int c, int severity, int value) {
  double photons = value_of("shot-noise", c, severity), rate = value / 255.0 * photons;
  double mean = 0, squares = 0;
  for (int k = 0; k < 2000; k++) {
    double byte = fmin(255, floor(255 * k / photons + 0.5));
    double p = exp(k * log(rate) - rate - lgamma(k + 1.0));
    mean += p * byte;
    squares += p * byte * byte;
  }
  expect_moments("shot-noise", c, severity, value, mean, sqrt(squares - mean * mean));
}

static void noise_is_as_stated(void **state) {
  (void)state;
  for (int s = 1; s <= 5; s++) {
    expect_normal("gaussian-noise", 3, s, 255);
    expect_normal("speckle-noise", 3, s, 120);
    for (int value = 1; value < 255; value += 60) expect_photons(1, s, value);
    for (int value = 1; value < 255; value += 60) expect_photons(3, s, value);
  }
  expect_normal("gaussian-noise", 1, 1, 255);
  expect_normal("speckle-noise", 1, 2, 120);
}

/* Numbers are drawn in pairs, of which each is to be one by itself. */
static void neighbours_are_independent(void **state) {
  (void)state;
  ImageSet set = flat(50, 1, 28, 28, 120);
  uint8_t *out = corrupted(&set, "gaussian-noise", 1);
  const double n = (double)size_of(&set) / 2;
  double product = 0, square = 0;
  for (size_t i = 0; i + 1 < size_of(&set); i += 2) {
    product += (out[i] - 120.0) * (out[i + 1] - 120.0);
    square += pow(out[i] - 120.0, 2);
  }
  assert_true(fabs(product / square) <= 5 / sqrt(n));
  free(out);
  set_free(&set);
}

static void impulses_are_as_stated(void **state) {
  (void)state;
  ImageSet set = flat(300, 1, 28, 28, 100);
  for (int s = 1; s <= 5; s++) {
    uint8_t *out = corrupted(&set, "impulse-noise", s);
    double n = (double)size_of(&set), p = value_of("impulse-noise", 1, s) / 2, count[3] = {0};
    for (size_t i = 0; i < size_of(&set); i++)
      count[out[i] == 0     ? 0
            : out[i] == 255 ? 1
                            : 2] += out[i] == 0 || out[i] == 255 || out[i] == 100;
    assert_true(count[0] + count[1] + count[2] == n);
    for (int k = 0; k < 2; k++) assert_true(fabs(count[k] / n - p) <= 5 * sqrt(p * (1 - p) / n));
    free(out);
  }
  set_free(&set);
}

/* Pixel (y, x) of an image, black outside. */
static int pixel(const ImageSet *set, int i, int y, int x) {
  if (y < 0 || x < 0 || y >= set->h || x >= set->w) return 0;
  return set->pixels[(i * set->h + y) * set->w + x];
}

static int is_moved(const ImageSet *set, const uint8_t *out, int i, int dy, int dx) {
  for (int y = 0; y < set->h; y++)
    for (int x = 0; x < set->w; x++)
      if (out[(i * set->h + y) * set->w + x] != pixel(set, i, y - dy, x - dx)) return 0;
  return 1;
}

static void shift_moves(void **state) {
  (void)state;
  ImageSet set = digits(100, 1);
  for (int s = 1; s <= 5; s++) {
    int seen[4] = {0}, by = (int)value_of("shift", 1, s);
    uint8_t *out = corrupted(&set, "shift", s);
    assert_int_equal(by, s);
    for (int i = 0; i < set.n; i++) {
      int found = -1;
      for (int k = 0; k < 4; k++)
        if (is_moved(&set, out, i, k / 2 ? by : -by, k % 2 ? by : -by)) found = k;
      assert_true(found >= 0);
      seen[found]++;
    }
    for (int k = 0; k < 4; k++) assert_true(seen[k] >= 8);
    free(out);
  }
  set_free(&set);
}

static void invert_twice(void **state) {
  (void)state;
  for (int c = 1; c <= 3; c += 2) {
    ImageSet set = digits(N, c), once = set;
    uint8_t *out = corrupted(&set, "invert", 1);
    for (size_t i = 0; i < size_of(&set); i++) assert_int_equal(out[i], 255 - set.pixels[i]);
    once.pixels = out;
    uint8_t *again = corrupted(&once, "invert", 1);
    assert_memory_equal(again, set.pixels, size_of(&set));
    free(out);
    free(again);
    uint8_t *striped = corrupted(&set, "stripe", 1);
    for (size_t i = 0; i < size_of(&set); i++) {
      int x = (int)(i % (size_t)set.w), is_outer = x < set.w / 4 || x >= set.w - set.w / 4;
      assert_int_equal(striped[i], is_outer ? 255 - set.pixels[i] : set.pixels[i]);
    }
    free(striped);
    set_free(&set);
  }
}

static int clamp(int i, int n) {
  return i < 0 ? 0 : i >= n ? n - 1 : i;
}

/* The two-dimensional sum with the library's exponential; a byte may round the other way. */
static void blur_is_gaussian(void **state) {
  (void)state;
  ImageSet set = digits(2, 1);
  for (int s = 1; s <= 5; s++) {
    double sigma = value_of("gaussian-blur", 1, s);
    int reach = (int)floor(4 * sigma + 0.5);
    uint8_t *out = corrupted(&set, "gaussian-blur", s);
    for (int y = 0; y < set.h; y += 3)
      for (int x = 0; x < set.w; x++) {
        double sum = 0, weights = 0;
        for (int i = -reach; i <= reach; i++)
          for (int j = -reach; j <= reach; j++) {
            double weight = exp(-(i * i + j * j) / (2 * sigma * sigma));
            sum += weight * pixel(&set, 1, clamp(y + i, set.h), clamp(x + j, set.w));
            weights += weight;
          }
        double found = out[(set.h + y) * set.w + x];
        assert_true(fabs(found - sum / weights) <= 0.5 + 1e-9);
      }
    free(out);
  }
  set_free(&set);
}

/* A blur of something flat is the same, and that of a point keeps its light. */
static void blurs_keep_light(void **state) {
  (void)state;
  static const char *const BLURS[] = {"gaussian-blur", "defocus-blur", "motion-blur",
                                      "glass-blur",    "zoom-blur",    "pixelate"};
  for (size_t k = 0; k < sizeof BLURS / sizeof *BLURS; k++)
    for (int s = 1; s <= 5; s++) {
      ImageSet set = flat(3, 3, 64, 64, 200);
      uint8_t *out = corrupted(&set, BLURS[k], s);
      assert_memory_equal(out, set.pixels, size_of(&set));
      free(out);
      set_free(&set);
    }
  ImageSet block = flat(1, 1, 101, 101, 0);
  uint8_t *pixels = (uint8_t *)(uintptr_t)block.pixels;
  for (int i = 0; i < 441; i++) pixels[(40 + i / 21) * 101 + 40 + i % 21] = 255;
  for (int k = 0; k < 3; k++) {
    uint8_t *out = corrupted(&block, BLURS[k], 2);
    double sum = 0;
    for (size_t i = 0; i < size_of(&block); i++) sum += out[i];
    assert_true(fabs(sum / (441.0 * 255) - 1) <= 0.01);
    free(out);
  }
  set_free(&block);
}

static void contrast_and_brightness(void **state) {
  (void)state;
  ImageSet set = digits(4, 3);
  int plane = set.h * set.w;
  for (int s = 1; s <= 5; s++) {
    uint8_t *dull = corrupted(&set, "contrast", s), *bright = corrupted(&set, "brightness", s);
    for (int i = 0; i < 12; i++) {
      double mean = 0, factor = value_of("contrast", 3, s);
      for (int p = 0; p < plane; p++) mean += set.pixels[i * plane + p] / (double)plane;
      for (int p = 0; p < plane; p++)
        assert_true(fabs(dull[i * plane + p] -
                         (mean + factor * (set.pixels[i * plane + p] - mean))) <= 0.5 + 1e-9);
    }
    for (int i = 0; i < 4; i++)
      for (int p = 0; p < plane; p++) {
        const uint8_t *x = set.pixels + 3 * i * plane + p, *y = bright + 3 * i * plane + p;
        double v = fmax(x[0], fmax(x[plane], x[2 * plane]));
        double expected = fmin(255, v + 255 * value_of("brightness", 3, s));
        for (int k = 0; k < 3; k++)
          assert_true(fabs(y[k * plane] - (v > 0 ? x[k * plane] / v : 1) * expected) <= 0.5 + 1e-9);
      }
    free(dull);
    free(bright);
    ImageSet black = flat(1, 3, 4, 4, 0);
    uint8_t *gray = corrupted(&black, "brightness", s);
    for (size_t i = 0; i < size_of(&black); i++)
      assert_int_equal(gray[i], (int)(255 * value_of("brightness", 3, s) + 0.5));
    free(gray);
    set_free(&black);
  }
  set_free(&set);
}

static void pixels_are_cells(void **state) {
  (void)state;
  ImageSet set = digits(2, 1);
  for (int s = 1; s <= 5; s++) {
    int n = (int)(28 * value_of("pixelate", 1, s));
    uint8_t *out = corrupted(&set, "pixelate", s);
    for (int y = 0; y < 28; y++)
      for (int x = 0; x < 28; x++) {
        double sum = 0, count = 0;
        for (int i = 0; i < 28; i++)
          for (int j = 0; j < 28; j++)
            if ((2 * i + 1) * n / 56 == (2 * y + 1) * n / 56 &&
                (2 * j + 1) * n / 56 == (2 * x + 1) * n / 56) {
              sum += pixel(&set, 0, i, j);
              count++;
            }
        assert_true(fabs(out[y * 28 + x] - sum / count) <= 0.5);
      }
    free(out);
  }
  set_free(&set);
}

static void occlusion_is_a_square(void **state) {
  (void)state;
  ImageSet set = flat(50, 3, 32, 32, 10);
  for (int s = 1; s <= 5; s++) {
    int side = (int)(32 * value_of("occlusion", 3, s) + 0.5);
    uint8_t *out = corrupted(&set, "occlusion", s);
    for (int i = 0; i < 150; i++) {
      int low[2] = {32, 32}, high[2] = {-1, -1}, n = 0;
      for (int p = 0; p < 1024; p++) {
        if (out[i * 1024 + p] == 10) continue;
        assert_int_equal(out[i * 1024 + p], 128);
        int at[2] = {p / 32, p % 32};
        for (int k = 0; k < 2; k++) {
          low[k] = at[k] < low[k] ? at[k] : low[k];
          high[k] = at[k] > high[k] ? at[k] : high[k];
        }
        n++;
      }
      assert_int_equal(n, side * side);
      for (int k = 0; k < 2; k++) assert_int_equal(high[k] - low[k] + 1, side);
    }
    free(out);
  }
  set_free(&set);
}

/* Black stays black, and white is not brighter than white: x' = (x + a v) m / (m + a). */
static void fog_is_a_veil(void **state) {
  (void)state;
  ImageSet black = flat(2, 3, 32, 32, 0), white = flat(2, 3, 32, 32, 255);
  for (int s = 1; s <= 5; s++) {
    double a = value_of("fog", 3, s);
    uint8_t *dark = corrupted(&black, "fog", s), *light = corrupted(&white, "fog", s);
    int low = 255, high = 0;
    assert_memory_equal(dark, black.pixels, size_of(&black));
    for (int i = 0; i < 1024; i++) {
      low = light[i] < low ? light[i] : low;
      high = light[i] > high ? light[i] : high;
      for (int k = 1; k < 3; k++) assert_int_equal(light[i], light[k * 1024 + i]);
    }
    assert_int_equal(low, (int)(255 / (1 + a) + 0.5));
    assert_int_equal(high, 255);
    free(dark);
    free(light);
  }
  set_free(&black);
  set_free(&white);
}

/* The deviation of the points of a cloud that lie between four others, `step` / 2 from them. */
static double detail_of(const uint8_t *fog, int n, int step) {
  double square = 0;
  int count = 0;
  for (int i = 0; i < n; i++)
    for (int y = 0; y < 32; y += step)
      for (int x = 0; x < 32; x += step, count++) {
        const uint8_t *at = fog + (size_t)i * 3 * 1024;
        const int y1 = (y + step) % 32, x1 = (x + step) % 32;
        const double mean =
            (at[y * 32 + x] + at[y1 * 32 + x] + at[y * 32 + x1] + at[y1 * 32 + x1]) / 4.0;
        square += pow(at[(y + step / 2) * 32 + x + step / 2] - mean, 2);
      }
  return sqrt(square / count);
}

/* Of half the size a cloud's details are weaker by the square of its second value. */
static void fog_has_details(void **state) {
  (void)state;
  ImageSet white = flat(40, 3, 32, 32, 255);
  for (int s = 4; s <= 5; s++) {
    const double ratio = pow(corruption_levels(kind_named("fog"), 3)->value[s - 1][1], 2);
    uint8_t *out = corrupted(&white, "fog", s);
    const double found = detail_of(out, white.n, 8) / detail_of(out, white.n, 4);
    if (!(fabs(found / ratio - 1) <= 0.15)) fail_msg("fog %d: %g, not %g", s, found, ratio);
    free(out);
  }
  set_free(&white);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(noise_is_as_stated),     cmocka_unit_test(neighbours_are_independent),
      cmocka_unit_test(impulses_are_as_stated), cmocka_unit_test(shift_moves),
      cmocka_unit_test(invert_twice),           cmocka_unit_test(blur_is_gaussian),
      cmocka_unit_test(blurs_keep_light),       cmocka_unit_test(contrast_and_brightness),
      cmocka_unit_test(pixels_are_cells),       cmocka_unit_test(occlusion_is_a_square),
      cmocka_unit_test(fog_is_a_veil),          cmocka_unit_test(fog_has_details)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
