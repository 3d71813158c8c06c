/* Pictures: written by libpng in every kind, read back, and damaged in every byte. */
#include "data/folder.h"
#include "data/picture_image.h"

#include "scratch.h"
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
// clang-format off
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE };

/* Writes gray [h][w] (colour type gray, RGB, alpha, palette; depth 8 or 16). */
static void write_png(const char *path, const uint8_t *gray, int h, int w, int type, int depth,
                      int interlace) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png))) fail_msg("cannot write %s", path);
  png_init_io(png, file);
  png_set_IHDR(png, info, (png_uint_32)w, (png_uint_32)h, depth, type,
               interlace ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  png_color palette[256];
  for (int i = 0; i < 256; i++) /* a palette in another order than its grays */
    palette[i] = (png_color){(png_byte)(255 - i), (png_byte)(255 - i), (png_byte)(255 - i)};
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, palette, 256);
  png_write_info(png, info);
  int n = png_get_channels(png, info), bytes = depth / 8;
  uint8_t *row = malloc((size_t)(w * n * bytes));
  int passes = interlace ? png_set_interlace_handling(png) : 1;
  for (int pass = 0; pass < passes; pass++)
    for (int i = 0; i < h; i++) {
      for (int j = 0; j < w * n * bytes; j++) {
        int is_alpha = (n == 2 || n == 4) && j / bytes % n == n - 1;
        uint8_t value = gray[i * w + j / (n * bytes)];
        row[j] = is_alpha ? 255 : type == PNG_COLOR_TYPE_PALETTE ? (uint8_t)(255 - value) : value;
      }
      png_write_row(png, row);
    }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  free(row);
  fclose(file);
}

static void write_gray(const char *path, const uint8_t *gray, int h, int w) {
  write_png(path, gray, h, w, PNG_COLOR_TYPE_GRAY, 8, 0);
}

/* A soft ring with a tail, in the manner of MNIST: 20 pixels high, its mass in the middle. */
static void draw(uint8_t *image) {
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      double y = i - 13.8, x = j - 13.8;
      double distance = fabs(sqrt(x * x * 2.2 + y * y) - 8.2), ink = 2.4 - distance;
      image[i * SIDE + j] = ink < 0 || fabs(y) > 10 ? 0 : ink > 1 ? 255 : (uint8_t)(255 * ink);
    }
}

static void invert(uint8_t *out, const uint8_t *in, int n) {
  for (int i = 0; i < n; i++) out[i] = (uint8_t)(255 - in[i]);
}

static void expect_image(const char *path, const uint8_t *expected) {
  uint8_t image[PIXELS];
  memset(image, 77, sizeof image);
  expect_success(picture_image(image, 1, SIDE, SIDE, FIT_DIGIT, path));
  for (int i = 0; i < PIXELS; i++)
    if (image[i] != expected[i])
      fail_msg("pixel %d, %d: expected %d, found %d", i / SIDE, i % SIDE, expected[i], image[i]);
}

static void every_kind(void **state) {
  (void)state;
  static const int kinds[][2] = {{PNG_COLOR_TYPE_GRAY, 8},       {PNG_COLOR_TYPE_GRAY, 16},
                                 {PNG_COLOR_TYPE_GRAY_ALPHA, 8}, {PNG_COLOR_TYPE_GRAY_ALPHA, 16},
                                 {PNG_COLOR_TYPE_RGB, 8},        {PNG_COLOR_TYPE_RGB, 16},
                                 {PNG_COLOR_TYPE_RGB_ALPHA, 8},  {PNG_COLOR_TYPE_RGB_ALPHA, 16},
                                 {PNG_COLOR_TYPE_PALETTE, 8}};
  uint8_t image[PIXELS];
  draw(image);
  image[PIXELS / 3] = 9; /* a stray pixel, so that nothing but taking it as it is gives it back */
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    for (int interlace = 0; interlace < 2; interlace++) {
      write_png(scratch("a.png"), image, SIDE, SIDE, kinds[k][0], kinds[k][1], interlace);
      expect_image(scratch("a.png"), image);
    }
}

/* White paper, other sizes, other places: the same image again. */
static void paper_size_and_place(void **state) {
  (void)state;
  enum { H = 61, W = 100, TIMES = 7 };
  uint8_t image[PIXELS], light[PIXELS];
  static uint8_t canvas[H * W], large[PIXELS * TIMES * TIMES];
  draw(image);
  invert(light, image, PIXELS);
  write_gray(scratch("light.png"), light, SIDE, SIDE);
  expect_image(scratch("light.png"), image);
  memset(canvas, 255, sizeof canvas);
  for (int i = 0; i < SIDE; i++) memcpy(canvas + (i + 2) * W + 65, light + i * SIDE, SIDE);
  write_gray(scratch("canvas.png"), canvas, H, W);
  expect_image(scratch("canvas.png"), image);
  invert(canvas, canvas, H * W);
  write_gray(scratch("dark.png"), canvas, H, W);
  expect_image(scratch("dark.png"), image);
  for (int i = 0; i < SIDE * TIMES; i++)
    for (int j = 0; j < SIDE * TIMES; j++)
      large[i * SIDE * TIMES + j] = light[i / TIMES * SIDE + j / TIMES];
  write_gray(scratch("large.png"), large, SIDE * TIMES, SIDE * TIMES);
  expect_image(scratch("large.png"), image);
}

static void weak_ink_on_gray_paper(void **state) {
  (void)state;
  uint8_t image[PIXELS], gray[PIXELS], found[PIXELS];
  draw(image);
  for (int i = 0; i < PIXELS; i++) gray[i] = (uint8_t)(200 - image[i] / 3);
  write_gray(scratch("weak.png"), gray, SIDE, SIDE);
  expect_success(picture_image(found, 1, SIDE, SIDE, FIT_DIGIT, scratch("weak.png")));
  for (int i = 0; i < PIXELS; i++) assert_true(abs(found[i] - image[i]) <= 3);
}

/* Specks of the paper are not ink: the box is that of the digit. */
static void uneven_paper(void **state) {
  (void)state;
  uint8_t image[PIXELS], gray[PIXELS], found[PIXELS];
  uint32_t word = 1;
  draw(image);
  for (int i = 0; i < PIXELS; i++) {
    word = word * 1664525u + 1013904223u;
    int paper = 235 + (int)(word >> 28);
    gray[i] = (uint8_t)(image[i] > 128 ? 0 : paper);
  }
  write_gray(scratch("uneven.png"), gray, SIDE, SIDE);
  expect_success(picture_image(found, 1, SIDE, SIDE, FIT_DIGIT, scratch("uneven.png")));
  for (int i = 0; i < PIXELS; i++) assert_int_equal(found[i], image[i] > 128 ? 255 : 0);
}

static void transparent_paper(void **state) {
  (void)state;
  uint8_t image[PIXELS], rgba[PIXELS * 4] = {0};
  draw(image);
  for (int i = 0; i < PIXELS; i++) rgba[4 * i + 3] = image[i]; /* black ink */
  png_image picture = {
      .version = PNG_IMAGE_VERSION, .width = SIDE, .height = SIDE, .format = PNG_FORMAT_RGBA};
  assert_true(png_image_write_to_file(&picture, scratch("alpha.png"), 0, rgba, 0, NULL));
  expect_image(scratch("alpha.png"), image);
}

static void other_network_sizes(void **state) {
  (void)state;
  static const int sizes[][2] = {{32, 32}, {20, 12}, {7, 90}, {1, 1}, {56, 56}};
  uint8_t image[PIXELS], light[PIXELS];
  draw(image);
  invert(light, image, PIXELS);
  write_gray(scratch("light.png"), light, SIDE, SIDE);
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    int h = sizes[k][0], w = sizes[k][1], top = h, bottom = -1;
    double total = 0, down = 0, right = 0;
    uint8_t *out = malloc((size_t)(h * w));
    expect_success(picture_image(out, 1, h, w, FIT_DIGIT, scratch("light.png")));
    for (int i = 0; i < h * w; i++) {
      if (!out[i]) continue;
      if (i / w < top) top = i / w;
      bottom = i / w;
      total += out[i];
      down += out[i] * (i / w + 0.5);
      right += out[i] * (i % w + 0.5);
    }
    assert_true(total > 0);
    double side = fmax(1, round(20.0 * (h < w ? h : w) / 28));
    assert_true(fabs(bottom + 1 - top - side) < 0.5);
    assert_true(fabs(down / total - h / 2 - 0.5) <= 0.5);
    assert_true(fabs(right / total - w / 2 - 0.5) <= 0.5);
    free(out);
  }
}

static void colour(void **state) {
  (void)state;
  enum { N = 32, TIMES = 3 };
  static uint8_t rgb[N * N * 3], large[N * TIMES * N * TIMES * 3], out[3 * N * N];
  for (int i = 0; i < N * N * 3; i++) rgb[i] = (uint8_t)(i * 37 + i / 50);
  for (int i = 0; i < N * TIMES; i++)
    for (int j = 0; j < N * TIMES * 3; j++)
      large[i * N * TIMES * 3 + j] = rgb[(i / TIMES * N + j / 3 / TIMES) * 3 + j % 3];
  png_image small_picture = {
      .version = PNG_IMAGE_VERSION, .width = N, .height = N, .format = PNG_FORMAT_RGB};
  png_image large_picture = {.version = PNG_IMAGE_VERSION,
                             .width = N * TIMES,
                             .height = N * TIMES,
                             .format = PNG_FORMAT_RGB};
  assert_true(png_image_write_to_file(&small_picture, scratch("small.png"), 0, rgb, 0, NULL));
  assert_true(png_image_write_to_file(&large_picture, scratch("large.png"), 0, large, 0, NULL));
  for (int k = 0; k < 2; k++) {
    expect_success(picture_image(out, 3, N, N, FIT_CROP, scratch(k ? "large.png" : "small.png")));
    for (int c = 0; c < 3; c++)
      for (int i = 0; i < N * N; i++) assert_int_equal(out[c * N * N + i], rgb[i * 3 + c]);
  }
  expect_failure(picture_image(out, 2, N, N, FIT_CROP, scratch("small.png")), STATUS_USAGE,
                 "1 or 3", NULL);
}

static void every_byte_damaged(void **state) {
  (void)state;
  uint8_t image[PIXELS], out[PIXELS];
  size_t n;
  draw(image);
  write_gray(scratch("good.png"), image, SIDE, SIDE);
  uint8_t *bytes = read_bytes(scratch("good.png"), &n);
  const char *path = scratch("bad.png");
  for (size_t i = 0; i < n; i++) {
    bytes[i] ^= 0x21;
    write_bytes(path, bytes, n);
    expect_failure(picture_image(out, 1, SIDE, SIDE, FIT_DIGIT, path), STATUS_DATA, path, NULL);
    bytes[i] ^= 0x21;
  }
  for (size_t length = 0; length < n; length++) {
    write_bytes(path, bytes, length);
    expect_failure(picture_image(out, 1, SIDE, SIDE, FIT_DIGIT, path), STATUS_DATA, path, "byte",
                   "expected", NULL);
  }
  write_bytes(path, bytes, n);
  expect_image(path, image);
  free(bytes);
}

static void nothing_to_see(void **state) {
  (void)state;
  uint8_t paper[SIDE * 30], out[PIXELS];
  memset(paper, 250, sizeof paper);
  write_gray(scratch("blank.png"), paper, SIDE, 30);
  expect_failure(picture_image(out, 1, SIDE, SIDE, FIT_DIGIT, scratch("blank.png")), STATUS_DATA,
                 scratch("blank.png"), "nothing drawn", NULL);
  write_gray(scratch("dot.png"), (const uint8_t *)"\xff", 1, 1);
  expect_failure(picture_image(out, 1, SIDE, SIDE, FIT_DIGIT, scratch("dot.png")), STATUS_DATA,
                 scratch("dot.png"), NULL);
  mkfifo(scratch("fifo.png"), 0666);
  expect_failure(picture_image(out, 1, SIDE, SIDE, FIT_DIGIT, scratch("fifo.png")), STATUS_FILE,
                 scratch("fifo.png"), NULL);
  expect_failure(picture_image(out, 1, SIDE, SIDE, FIT_DIGIT, scratch("")), STATUS_FILE,
                 scratch(""), NULL);
  expect_failure(picture_image(out, 1, SIDE, SIDE, FIT_DIGIT, scratch("none.png")), STATUS_FILE,
                 scratch("none.png"), "No such file", NULL);
  /* 60,000 x 60,000 pixels by a header with the right checksum. */
  size_t n;
  write_gray(scratch("bomb.png"), paper, SIDE, 30);
  uint8_t *bytes = read_bytes(scratch("bomb.png"), &n);
  memcpy(bytes + 16, "\0\0\xea\x60\0\0\xea\x60", 8);
  uint32_t crc = 0xffffffff;
  for (int i = 12; i < 29; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
  }
  for (int i = 0; i < 4; i++) bytes[29 + i] = (uint8_t)(~crc >> (24 - 8 * i));
  write_bytes(scratch("bomb.png"), bytes, n);
  expect_failure(picture_image(out, 1, SIDE, SIDE, FIT_DIGIT, scratch("bomb.png")), STATUS_DATA,
                 scratch("bomb.png"), "more than 2^26 pixels", NULL);
  free(bytes);
}

/* MNIST itself, black on white: it was made this way, so nearly all images come back unchanged. */
static void published_images(void **state) {
  (void)state;
  enum { N = 10000, TRIED = 300 };
  const char *data = getenv("NORMLAB_DATA");
  if (!data) {
    print_message("left out: NORMLAB_DATA is not set: MNIST is not drawn\n");
    skip();
  }
  Folder folder;
  expect_success(folder_open(&folder, data));
  assert_int_equal(idx_bytes(idx_shape(folder.file[TEST_IMAGES])), N * PIXELS);
  uint8_t *images = malloc(N * PIXELS), light[PIXELS], out[PIXELS];
  expect_success(idx_read(folder.file[TEST_IMAGES], images));
  folder_close(&folder);
  int n_same = 0;
  for (int i = 0; i < TRIED; i++) {
    const uint8_t *image = images + i * PIXELS;
    int difference = 0;
    invert(light, image, PIXELS);
    write_gray(scratch("mnist.png"), light, SIDE, SIDE);
    expect_success(picture_image(out, 1, SIDE, SIDE, FIT_DIGIT, scratch("mnist.png")));
    for (int k = 0; k < PIXELS; k++) difference += abs(out[k] - image[k]);
    n_same += difference == 0;
  }
  assert_in_range(n_same, TRIED * 8 / 10, TRIED);
  free(images);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind),
                                     cmocka_unit_test(paper_size_and_place),
                                     cmocka_unit_test(transparent_paper),
                                     cmocka_unit_test(weak_ink_on_gray_paper),
                                     cmocka_unit_test(uneven_paper),
                                     cmocka_unit_test(other_network_sizes),
                                     cmocka_unit_test(colour),
                                     cmocka_unit_test(every_byte_damaged),
                                     cmocka_unit_test(nothing_to_see),
                                     cmocka_unit_test(published_images)};
  return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
