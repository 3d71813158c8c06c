#include "rows.h"

#include <math.h>

/* out = mean + factor (x - mean), with the mean of the channel. */
static void contrast(const CorruptionCall *call) {
  size_t plane = (size_t)call->h * (size_t)call->w;
  for (int k = 0; k < call->c; k++) {
    const uint8_t *x = call->image + (size_t)k * plane;
    uint64_t sum = 0;
    for (size_t i = 0; i < plane; i++) sum += x[i];
    double mean = (double)sum / (double)plane;
    for (size_t i = 0; i < plane; i++)
      call->out[(size_t)k * plane + i] = corruption_byte(mean + call->value[0] * (x[i] - mean));
  }
}

/* gcc 12 for 64-bit Arm fails where fmax is taken of many. */
static double larger(double a, double b) {
  return b > a ? b : a;
}

/* V of HSV is the largest of a pixel's channels; hue and saturation stay: all grow as V does. */
static void brightness(const CorruptionCall *call) {
  size_t plane = (size_t)call->h * (size_t)call->w;
  for (size_t i = 0; i < plane; i++) {
    double v = 0;
    for (int k = 0; k < call->c; k++) v = larger(v, call->image[(size_t)k * plane + i]);
    double bright = fmin(255, v + 255 * call->value[0]);
    for (int k = 0; k < call->c; k++) {
      size_t place = (size_t)k * plane + i;
      call->out[place] = corruption_byte(v > 0 ? call->image[place] * (bright / v) : bright);
    }
  }
}

/* The side of the plasma: a power of two, of which gray images show a corner alone, so that their
 * fog is smoother. */
static int plasma_side(int c, int h, int w) {
  int side = c == 1 ? 8 : 1;
  for (int n = 1; n < h || n < w; n *= 2) side *= 2;
  return side;
}

static size_t fog_scratch(int c, int h, int w) {
  size_t side = (size_t)plasma_side(c, h, w);
  return side * side * sizeof(double);
}

/* The mean of four plus a number of -wibble^2 .. wibble^2. */
static double wibbled(double sum, double wibble, RandomStream *random) {
  double u = (double)random_next(random) * 0x1p-31 - 1;
  return sum / 4 + wibble * wibble * u;
}

/* plasma [side][side], which continues beyond its edges from the other side: the points in the
 * middle of those that are `step` apart, first of four corners, then of two corners and two of the
 * former (Fournier, Fussell and Carpenter 1982). */
static void refine(double *plasma, int side, int step, double wibble, RandomStream *random) {
  const int half = step / 2, mask = side - 1;
#define AT(y, x) plasma[((y)&mask) * side + ((x)&mask)]
  for (int y = 0; y < side; y += step)
    for (int x = 0; x < side; x += step) {
      double sum = AT(y, x) + AT(y + step, x) + AT(y, x + step) + AT(y + step, x + step);
      AT(y + half, x + half) = wibbled(sum, wibble, random);
    }
  for (int y = 0; y < side; y += step)
    for (int x = 0; x < side; x += step) {
      double across = AT(y + half, x + half) + AT(y - half, x + half);
      double down = AT(y + half, x + half) + AT(y + half, x - half);
      AT(y, x + half) = wibbled(across + AT(y, x) + AT(y, x + step), wibble, random);
      AT(y + half, x) = wibbled(down + AT(y, x) + AT(y + step, x), wibble, random);
    }
#undef AT
}

/* out = (x + amount plasma) max / (max + amount), with the plasma from 0 to 1 and the largest value
 * of the image. */
static void fog(const CorruptionCall *call) {
  double *plasma = call->scratch, low = 0, high = 0, wibble = 100, most = 0;
  int side = plasma_side(call->c, call->h, call->w);
  plasma[0] = 0;
  for (int step = side; step >= 2; step /= 2, wibble /= call->value[1])
    refine(plasma, side, step, wibble, call->random);
  for (int i = 0; i < side * side; i++) {
    low = -larger(-low, -plasma[i]);
    high = larger(high, plasma[i]);
  }
  for (size_t i = 0; i < corruption_size(call); i++) most = larger(most, call->image[i] / 255.0);
  double spread = high > low ? high - low : 1, amount = call->value[0];
  const uint8_t *x = call->image;
  uint8_t *out = call->out;
  for (int k = 0; k < call->c; k++)
    for (int row = 0; row < call->h; row++)
      for (int column = 0; column < call->w; column++) {
        double veil = (plasma[row * side + column] - low) / spread;
        *out++ = corruption_byte((*x++ + 255 * amount * veil) * (most / (most + amount)));
      }
}

const Corruption CORRUPTION_contrast = {
    .name = "contrast",
    .about = "Brings all values nearer to their mean in the channel.",
    .parameters = "factor",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{.4}, {.3}, {.2}, {.1}, {.05}}, MNIST_C_CODE},
    .colour = {{{.75}, {.5}, {.4}, {.3}, {.15}}, CIFAR_10_C},
    .apply = contrast};

const Corruption CORRUPTION_brightness = {.name = "brightness",
                                          .about = "Makes each pixel brighter (the V of HSV).",
                                          .parameters = "share of white added",
                                          .n_severities = CORRUPTION_SEVERITIES,
                                          .gray = {{{.1}, {.2}, {.3}, {.4}, {.5}}, MNIST_C},
                                          .colour = {{{.05}, {.1}, {.15}, {.2}, {.3}}, CIFAR_10_C},
                                          .apply = brightness};

const Corruption CORRUPTION_fog = {
    .name = "fog",
    .about = "Lays a random cloud over the image, and dims both as one.",
    .parameters = "amount, how much smoother the cloud is at half the size",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{1.5, 2}, {2, 2}, {2.5, 1.7}, {2.5, 1.5}, {3, 1.4}}, MNIST_C},
    .colour = {{{.2, 3}, {.5, 3}, {.75, 2.5}, {1, 2}, {1.5, 1.75}}, CIFAR_10_C},
    .scratch = fog_scratch,
    .apply = fog};
