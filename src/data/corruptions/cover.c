#include "rows.h"

#include <string.h>

/* A gray square at a random place within the image. */
static void occlude(const CorruptionCall *call) {
  enum { GRAY = 128 };
  int h = call->h, w = call->w, side = (int)(call->value[0] * (h < w ? h : w) + 0.5);
  int top = (int)random_below(call->random, (uint32_t)(h - side + 1));
  int left = (int)random_below(call->random, (uint32_t)(w - side + 1));
  memcpy(call->out, call->image, corruption_size(call));
  for (int k = 0; k < call->c; k++)
    for (int y = top; y < top + side; y++)
      memset(call->out + (k * h + y) * w + left, GRAY, (size_t)side);
}

/* The first pixel of cell i of n cells on a line of `side` pixels: pixel x is in cell
 * floor((x + 1/2) n / side). */
static int cell_start(int i, int n, int side) {
  return (2 * i * side + n - 1) / (2 * n);
}

static int cells(double share, int side) {
  int n = (int)(share * side);
  return n > 0 ? n : 1;
}

/* All pixels of a cell become their mean. */
static void level(uint8_t *out, const uint8_t *image, int w, const int y[2], const int x[2]) {
  uint32_t sum = 0, n = (uint32_t)((y[1] - y[0]) * (x[1] - x[0]));
  for (int row = y[0]; row < y[1]; row++)
    for (int column = x[0]; column < x[1]; column++) sum += image[row * w + column];
  for (int row = y[0]; row < y[1]; row++)
    memset(out + row * w + x[0], (int)((2 * sum + n) / (2 * n)), (size_t)(x[1] - x[0]));
}

static void pixelate(const CorruptionCall *call) {
  int h = call->h, w = call->w, n_y = cells(call->value[0], h), n_x = cells(call->value[0], w);
  for (int k = 0; k < call->c; k++)
    for (int i = 0; i < n_y; i++)
      for (int j = 0; j < n_x; j++) {
        const int y[2] = {cell_start(i, n_y, h), cell_start(i + 1, n_y, h)};
        const int x[2] = {cell_start(j, n_x, w), cell_start(j + 1, n_x, w)};
        level(call->out + k * h * w, call->image + k * h * w, w, y, x);
      }
}

static void invert(const CorruptionCall *call) {
  for (size_t i = 0; i < corruption_size(call); i++) call->out[i] = (uint8_t)(255 - call->image[i]);
}

/* The outer quarters to the left and right are inverted. */
static void stripe(const CorruptionCall *call) {
  int margin = call->w / 4;
  for (size_t i = 0; i < corruption_size(call); i++) {
    int x = (int)(i % (size_t)call->w), is_middle = x >= margin && x < call->w - margin;
    call->out[i] = is_middle ? call->image[i] : (uint8_t)(255 - call->image[i]);
  }
}

const Corruption CORRUPTION_occlusion = {
    .name = "occlusion",
    .about = "Covers a random place with a gray square.",
    .parameters = "side, as a share of the image's shorter one",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{.2}, {.3}, {.4}, {.5}, {.6}},
             "a gray square as Zeiler and Fergus 2014 have it, sizes of this program's own"},
    .apply = occlude};

const Corruption CORRUPTION_pixelate = {
    .name = "pixelate",
    .about = "Makes fewer, larger pixels, each the mean of those in it.",
    .parameters = "share of the pixels left along each side",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{.6}, {.5}, {.4}, {.3}, {.25}}, MNIST_C_CODE},
    .colour = {{{.95}, {.9}, {.85}, {.75}, {.65}}, CIFAR_10_C},
    .apply = pixelate};

const Corruption CORRUPTION_invert = {.name = "invert",
                                      .about = "Exchanges black and white: 255 - x.",
                                      .n_severities = 1,
                                      .gray = {.source = MNIST_C_CODE},
                                      .apply = invert};

const Corruption CORRUPTION_stripe = {.name = "stripe",
                                      .about = "Inverts the outer quarters to the left and right.",
                                      .n_severities = 1,
                                      .gray = {.source = MNIST_C},
                                      .apply = stripe};
