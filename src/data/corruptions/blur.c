#include "rows.h"

#include "base/series.h"
#include <string.h>

enum { MOST_REACH = 24, KERNEL = 2 * MOST_REACH + 1 };

static int within(int i, int n) {
  return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static size_t plane_scratch(int c, int h, int w) {
  (void)c;
  return (size_t)h * (size_t)w * sizeof(double);
}

/* weight[i] = exp(-(i - first)^2 / (2 sigma^2)), i < n, over their sum. */
static void bell(double *weight, int n, int first, double sigma) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    double distance = (i - first) / sigma;
    weight[i] = distance * distance < 1400 ? series_exp(-distance * distance / 2) : 0;
    sum += weight[i];
  }
  for (int i = 0; i < n; i++) weight[i] /= sum;
}

/* Along rows into between [h][w], then along columns; the edge is repeated beyond it. Up to four
 * deviations count. */
static void blur(uint8_t *out, const uint8_t *image, const CorruptionCall *call, double sigma) {
  double weight[KERNEL], *between = call->scratch;
  int reach = (int)(4 * sigma + 0.5), n = 2 * reach + 1, h = call->h, w = call->w;
  bell(weight, n, reach, sigma);
  for (int k = 0; k < call->c; k++, image += h * w, out += h * w) {
    for (int y = 0; y < h; y++)
      for (int x = 0; x < w; x++) {
        double sum = 0;
        for (int i = 0; i < n; i++) sum += weight[i] * image[y * w + within(x + i - reach, w)];
        between[y * w + x] = sum;
      }
    for (int y = 0; y < h; y++)
      for (int x = 0; x < w; x++) {
        double sum = 0;
        for (int i = 0; i < n; i++) sum += weight[i] * between[within(y + i - reach, h) * w + x];
        out[y * w + x] = corruption_byte(sum);
      }
  }
}

static void gaussian_blur(const CorruptionCall *call) {
  blur(call->out, call->image, call, call->value[0]);
}

/* A pixel beyond the edge is that which a mirror on the edge's pixels shows. */
static int mirrored(int i, int n) {
  int period = 2 * (n - 1);
  if (n == 1) return 0;
  i = (i % period + period) % period;
  return i < n ? i : period - i;
}

/* kernel [2 reach + 1][2 reach + 1]: the pixels within a radius of its centre, alike, softened by a
 * Gaussian of 2 soft + 1 pixels. Returns reach. */
static int make_disc(double kernel[KERNEL][KERNEL], double radius, double sigma) {
  int inner = (int)radius, soft = radius > 8 ? 2 : 1, reach = inner + soft, n = 0;
  double weight[KERNEL];
  bell(weight, 2 * soft + 1, soft, sigma);
  memset(kernel, 0, sizeof(double[KERNEL][KERNEL]));
  for (int y = -inner; y <= inner; y++)
    for (int x = -inner; x <= inner; x++) n += x * x + y * y <= radius * radius;
  for (int y = -inner; y <= inner; y++)
    for (int x = -inner; x <= inner; x++)
      for (int i = 0; i < 2 * soft + 1 && x * x + y * y <= radius * radius; i++)
        for (int j = 0; j < 2 * soft + 1; j++)
          kernel[y + inner + i][x + inner + j] += weight[i] * weight[j] / n;
  return reach;
}

static void defocus_blur(const CorruptionCall *call) {
  double kernel[KERNEL][KERNEL];
  int reach = make_disc(kernel, call->value[0], call->value[1]), h = call->h, w = call->w;
  const uint8_t *image = call->image;
  uint8_t *out = call->out;
  for (int k = 0; k < call->c; k++, image += h * w)
    for (int y = 0; y < h; y++)
      for (int x = 0; x < w; x++) {
        double sum = 0;
        for (int i = 0; i <= 2 * reach; i++) {
          const uint8_t *row = image + mirrored(y + i - reach, h) * w;
          for (int j = 0; j <= 2 * reach; j++)
            sum += kernel[i][j] * row[mirrored(x + j - reach, w)];
        }
        *out++ = corruption_byte(sum);
      }
}

/* Exchanges two pixels in all channels. */
static void exchange(uint8_t *image, const CorruptionCall *call, int a, int b) {
  for (int k = 0; k < call->c; k++, image += call->h * call->w) {
    uint8_t kept = image[a];
    image[a] = image[b];
    image[b] = kept;
  }
}

/* The blurred image needs memory of its own: behind the plane of the blur. */
static size_t glass_scratch(int c, int h, int w) {
  return plane_scratch(c, h, w) + (size_t)c * (size_t)h * (size_t)w;
}

static void glass_blur(const CorruptionCall *call) {
  int h = call->h, w = call->w, reach = (int)call->value[1];
  uint8_t *image = (uint8_t *)call->scratch + plane_scratch(call->c, h, w);
  blur(image, call->image, call, call->value[0]);
  for (int i = 0; i < (int)call->value[2]; i++)
    for (int y = h - reach; y > reach; y--)
      for (int x = w - reach; x > reach; x--) {
        double u = (double)random_next(call->random) * 0x1p-32;
        int dx = (int)random_below(call->random, 2 * (uint32_t)reach) - reach;
        int dy = (int)random_below(call->random, 2 * (uint32_t)reach) - reach;
        int from = within(y, h) * w + within(x, w);
        if (u < call->value[3])
          exchange(image, call, from, within(y + dy, h) * w + within(x + dx, w));
      }
  blur(call->out, image, call, call->value[0]);
}

/* The pixels on a line to one side, whose weights fall as half a Gaussian does. */
static void motion_blur(const CorruptionCall *call) {
  int n = 2 * (int)call->value[0] + 1, h = call->h, w = call->w, dx[KERNEL], dy[KERNEL];
  double weight[KERNEL], sine, cosine;
  double angle = 90 * ((double)random_next(call->random) * 0x1p-32) - 45;
  bell(weight, n, 0, call->value[1]);
  series_sine_and_cosine(&sine, &cosine, angle);
  for (int i = 0; i < n; i++) {
    dx[i] = (int)(i * cosine + 0.5);
    dy[i] = (int)(i * sine + (sine < 0 ? -0.5 : 0.5));
  }
  const uint8_t *image = call->image;
  uint8_t *out = call->out;
  for (int k = 0; k < call->c; k++, image += h * w)
    for (int y = 0; y < h; y++)
      for (int x = 0; x < w; x++) {
        double sum = 0;
        for (int i = 0; i < n; i++)
          sum += weight[i] * image[within(y + dy[i], h) * w + within(x + dx[i], w)];
        *out++ = corruption_byte(sum);
      }
}

/* The sums [c][h][w], the enlarged image, and what enlarging needs. */
static size_t zoom_scratch(int c, int h, int w) {
  size_t n = (size_t)c * (size_t)h * (size_t)w;
  return n * sizeof(uint32_t) + moved_scratch(c, h, w) + n;
}

/* The mean of the image and of itself enlarged by 1, 1 + step, ... */
static void zoom_blur(const CorruptionCall *call) {
  size_t n = corruption_size(call);
  int n_factors = (int)((call->value[0] - 1) / call->value[1] + 0.5) + 1;
  uint32_t *sum = call->scratch;
  uint8_t *moving = (uint8_t *)(sum + n);
  uint8_t *large = moving + moved_scratch(call->c, call->h, call->w);
  for (size_t i = 0; i < n; i++) sum[i] = call->image[i];
  for (int k = 0; k < n_factors; k++) {
    const Augmentation zoom = {.scale = 1 + k * call->value[1]};
    augment_apply(large, call->image, call->c, call->h, call->w, &zoom, moving);
    for (size_t i = 0; i < n; i++) sum[i] += large[i];
  }
  for (size_t i = 0; i < n; i++) call->out[i] = corruption_byte((double)sum[i] / (n_factors + 1));
}

const Corruption CORRUPTION_gaussian_blur = {.name = "gaussian-blur",
                                             .about = "Blurs by a Gaussian.",
                                             .parameters = "deviation in pixels",
                                             .n_severities = CORRUPTION_SEVERITIES,
                                             .gray = {{{1}, {2}, {3}, {4}, {6}}, MNIST_C_CODE},
                                             .colour = {{{.4}, {.6}, {.7}, {.8}, {1}}, CIFAR_10_C},
                                             .scratch = plane_scratch,
                                             .apply = gaussian_blur};

const Corruption CORRUPTION_defocus_blur = {
    .name = "defocus-blur",
    .about = "Blurs by a disc whose edge is softened.",
    .parameters = "radius, deviation of the softening, in pixels",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{3, .1}, {4, .5}, {6, .5}, {8, .5}, {10, .5}}, MNIST_C_CODE},
    .colour = {{{.3, .4}, {.4, .5}, {.5, .6}, {1, .2}, {1.5, .1}}, CIFAR_10_C},
    .apply = defocus_blur};

const Corruption CORRUPTION_glass_blur = {
    .name = "glass-blur",
    .about = "Blurs, exchanges pixels with others near them at random, and blurs again.",
    .parameters = "deviation and reach in pixels, rounds, share of pixels exchanged",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{.7, 1, 2, .5}, {.9, 2, 1, .5}, {1, 2, 3, .5}, {1.1, 3, 2, .5}, {1.5, 4, 2, .5}},
             MNIST_C},
    .colour = {{{.05, 1, 1, 1}, {.25, 1, 1, 1}, {.4, 1, 1, 1}, {.25, 1, 2, 1}, {.4, 1, 2, 1}},
               CIFAR_10_C},
    .scratch = glass_scratch,
    .apply = glass_blur};

const Corruption CORRUPTION_motion_blur = {
    .name = "motion-blur",
    .about = "Blurs along a line at a random angle of -45 to 45 degrees.",
    .parameters = "radius (the line has twice as many pixels, and one), deviation in pixels",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{10, 3}, {15, 5}, {15, 8}, {15, 12}, {20, 15}}, MNIST_C},
    .colour = {{{6, 1}, {6, 1.5}, {6, 2}, {8, 2}, {9, 2.5}}, CIFAR_10_C},
    .apply = motion_blur};

const Corruption CORRUPTION_zoom_blur = {
    .name = "zoom-blur",
    .about = "Takes the mean of the image and of itself enlarged in steps.",
    .parameters = "largest factor, step",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{1.1, .01}, {1.15, .01}, {1.2, .02}, {1.24, .02}, {1.3, .03}}, MNIST_C_CODE},
    .colour = {{{1.05, .01}, {1.1, .01}, {1.15, .01}, {1.2, .01}, {1.25, .01}}, CIFAR_10_C},
    .scratch = zoom_scratch,
    .apply = zoom_blur};
