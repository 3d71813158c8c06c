/* Where corruptions take what an image shows, and what they take for its surroundings. */
#include "corrupted_images.h"
#include "support/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 40, SIDE = 28, RIGHT = 6, UP = 7 };

static uint8_t *pixels_of(ImageSet *set) {
  return (uint8_t *)(uintptr_t)set->pixels;
}

/* Images of a spot of four pixels, RIGHT and UP of the middle. */
static ImageSet spots(void) {
  ImageSet set = flat(N, 1, SIDE, SIDE, 0);
  for (int i = 0; i < N; i++)
    for (int y = 0; y < 2; y++)
      for (int x = 0; x < 2; x++)
        pixels_of(&set)[(i * SIDE + SIDE / 2 - 1 - UP + y) * SIDE + SIDE / 2 - 1 + RIGHT + x] = 255;
  return set;
}

/* The centre of the light of an image, right and up of its middle. */
static void find_light(double at[2], const uint8_t *image) {
  double sum = 0;
  at[0] = at[1] = 0;
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      const double light = image[y * SIDE + x];
      sum += light;
      at[0] += light * (x - (SIDE - 1) / 2.0);
      at[1] += light * ((SIDE - 1) / 2.0 - y);
    }
  at[0] /= sum;
  at[1] /= sum;
}

/* Where the spot goes: by [2][2], which is one of two by chance if it has a sign. */
static void expect_spots(const char *name, int severity, double by[2][2][2]) {
  ImageSet set = spots();
  uint8_t *out = corrupted(&set, name, severity);
  int n_of[2] = {0};
  for (int i = 0; i < N; i++) {
    double at[2];
    int found = -1;
    find_light(at, out + i * SIDE * SIDE);
    for (int k = 1; k >= 0; k--)
      if (hypot(at[0] - (by[k][0][0] * RIGHT + by[k][0][1] * UP),
                at[1] - (by[k][1][0] * RIGHT + by[k][1][1] * UP)) <= 0.3)
        found = k;
    if (found < 0) fail_msg("%s %d: the spot is at %g, %g", name, severity, at[0], at[1]);
    n_of[found]++;
  }
  const int is_one = memcmp(by[0], by[1], sizeof by[0]) == 0;
  assert_true(n_of[0] >= N / 5 && n_of[1] >= (is_one ? 0 : N / 5));
  free(out);
  set_free(&set);
}

static void spots_go_where_they_should(void **state) {
  (void)state;
  for (int s = 1; s <= 5; s++) {
    double scale = value_of("scale", 1, s), angle = value_of("rotation", 1, s);
    double lean = tan(value_of("shear", 1, s)), c = cos(angle), d = sin(angle);
    expect_spots("scale", s, (double[2][2][2]){{{scale, 0}, {0, scale}}, {{scale, 0}, {0, scale}}});
    expect_spots("rotation", s, (double[2][2][2]){{{c, -d}, {d, c}}, {{c, d}, {-d, c}}});
    if (s <= 3) /* within the image */
      expect_spots("shear", s, (double[2][2][2]){{{1, lean}, {0, 1}}, {{1, -lean}, {0, 1}}});
  }
}

static void squares_reach_every_edge(void **state) {
  (void)state;
  ImageSet set = flat(100, 1, SIDE, SIDE, 10);
  for (int s = 1; s <= 5; s++) {
    int n_of[4] = {0};
    uint8_t *out = corrupted(&set, "occlusion", s);
    for (int i = 0; i < set.n; i++) {
      int is_at[4] = {0};
      for (int k = 0; k < SIDE; k++) {
        const uint8_t *image = out + i * SIDE * SIDE;
        is_at[0] |= image[k] != 10;
        is_at[1] |= image[(SIDE - 1) * SIDE + k] != 10;
        is_at[2] |= image[k * SIDE] != 10;
        is_at[3] |= image[k * SIDE + SIDE - 1] != 10;
      }
      for (int k = 0; k < 4; k++) n_of[k] += is_at[k];
    }
    for (int k = 0; k < 4; k++) assert_true(n_of[k] > 0);
    free(out);
  }
  set_free(&set);
}

enum { MARGIN = 25, LARGE = SIDE + 2 * MARGIN };

static int repeated(int i) {
  return i < 0 ? 0 : i >= SIDE ? SIDE - 1 : i;
}

static int mirrored(int i) {
  return i < 0 ? -i : i >= SIDE ? 2 * (SIDE - 1) - i : i;
}

/* An image is blurred as the middle of one that shows its surroundings as well. */
static void expect_surroundings(const char *name, int (*beyond)(int i)) {
  ImageSet small = digits(1, 1), large = flat(1, 1, LARGE, LARGE, 0);
  for (int i = 0; i < SIDE; i++) /* something that can be told from its mirror image */
    pixels_of(&small)[i] = pixels_of(&small)[i * SIDE] = (uint8_t)(9 * i);
  for (int y = 0; y < LARGE; y++)
    for (int x = 0; x < LARGE; x++)
      pixels_of(&large)[y * LARGE + x] =
          small.pixels[beyond(y - MARGIN) * SIDE + beyond(x - MARGIN)];
  for (int s = 1; s <= 5; s++) {
    uint8_t *out = corrupted(&small, name, s), *whole = corrupted(&large, name, s);
    for (int y = 0; y < SIDE; y++)
      for (int x = 0; x < SIDE; x++)
        assert_int_equal(out[y * SIDE + x], whole[(y + MARGIN) * LARGE + x + MARGIN]);
    free(out);
    free(whole);
  }
  set_free(&small);
  set_free(&large);
}

static void blurs_go_on_beyond_the_edge(void **state) {
  (void)state;
  expect_surroundings("gaussian-blur", repeated);
  expect_surroundings("defocus-blur", mirrored);
}

/* There is one cell at least, also on a side of one pixel. */
static void tiny_images_have_cells(void **state) {
  (void)state;
  static const int SIZES[][2] = {{1, 1}, {1, 9}, {2, 1}};
  for (int k = 0; k < 3; k++) {
    ImageSet set = flat(2, 1, SIZES[k][0], SIZES[k][1], 77);
    for (int s = 1; s <= 5; s++) {
      uint8_t *out = corrupted(&set, "pixelate", s);
      assert_memory_equal(out, set.pixels, size_of(&set));
      free(out);
    }
    set_free(&set);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spots_go_where_they_should), cmocka_unit_test(squares_reach_every_edge),
      cmocka_unit_test(blurs_go_on_beyond_the_edge), cmocka_unit_test(tiny_images_have_cells)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
