#include "rows.h"

#include "base/series.h"
#include <math.h>

/* Box and Muller's method: two numbers with mean 0 and deviation 1. */
static void two_normal(double normal[2], RandomStream *random) {
  double a = ((double)random_next(random) + 1) * 0x1p-32, b = (double)random_next(random) * 0x1p-32;
  double radius = sqrt(-2 * series_log(a)), sine, cosine;
  series_sine_and_cosine(&sine, &cosine, 360 * b - 180);
  normal[0] = radius * cosine;
  normal[1] = radius * sine;
}

/* out = x + deviation normal, where the deviation is `fixed` of white or `share` of x. */
static void add_normal(const CorruptionCall *call, double fixed, double share) {
  double normal[2] = {0};
  for (size_t i = 0; i < corruption_size(call); i++) {
    double x = call->image[i];
    if (i % 2 == 0) two_normal(normal, call->random);
    call->out[i] = corruption_byte(x + (255 * fixed + share * x) * normal[i % 2]);
  }
}

static void gaussian_noise(const CorruptionCall *call) {
  add_normal(call, call->value[0], 0);
}

static void speckle_noise(const CorruptionCall *call) {
  add_normal(call, 0, call->value[0]);
}

/* out = 0 or 1 with probability share / 2 each, else x. */
static void impulse_noise(const CorruptionCall *call) {
  for (size_t i = 0; i < corruption_size(call); i++) {
    double u = (double)random_next(call->random) * 0x1p-32;
    call->out[i] = u < call->value[0] / 2 ? 0 : u < call->value[0] ? 255 : call->image[i];
  }
}

enum { LEVELS = 256, MOST_PHOTONS = 1024 };

/* table [LEVELS][MOST_PHOTONS]: 2^32 times the probability of at most k photons, where the mean is
 * that of a pixel's level. */
static void fill_photons(void *table, const double *value) {
  uint32_t *below = table;
  for (int level = 0; level < LEVELS; level++, below += MOST_PHOTONS) {
    double mean = value[0] * level / 255, p = series_exp(-mean), sum = 0;
    for (int k = 0; k < MOST_PHOTONS; k++) {
      sum += p;
      p *= mean / (k + 1);
      below[k] = sum < 1 ? (uint32_t)(sum * 0x1p32) : UINT32_MAX;
    }
  }
}

/* The least k with word < below[k]: k photons of Poisson's distribution. */
static int count_photons(const uint32_t *below, uint32_t word) {
  int low = 0, high = MOST_PHOTONS - 1;
  while (low < high) {
    int middle = (low + high) / 2;
    if (word < below[middle])
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static void shot_noise(const CorruptionCall *call) {
  const uint32_t *below = call->table;
  for (size_t i = 0; i < corruption_size(call); i++) {
    int k = count_photons(below + call->image[i] * MOST_PHOTONS, random_next(call->random));
    call->out[i] = corruption_byte(255 * k / call->value[0]);
  }
}

const Corruption CORRUPTION_gaussian_noise = {
    .name = "gaussian-noise",
    .about = "Adds a normal random number to each value.",
    .parameters = "deviation, as a share of white",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{.08}, {.12}, {.18}, {.26}, {.38}}, MNIST_C_CODE},
    .colour = {{{.04}, {.06}, {.08}, {.09}, {.10}}, CIFAR_10_C},
    .apply = gaussian_noise};

const Corruption CORRUPTION_shot_noise = {
    .name = "shot-noise",
    .about = "Replaces each value by a count of photons (Poisson), of which white has so many on "
             "average.",
    .parameters = "photons of white",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{60}, {25}, {12}, {5}, {3}}, MNIST_C},
    .colour = {{{500}, {250}, {100}, {75}, {50}}, CIFAR_10_C},
    .table_bytes = LEVELS * MOST_PHOTONS * sizeof(uint32_t),
    .fill = fill_photons,
    .apply = shot_noise};

const Corruption CORRUPTION_impulse_noise = {
    .name = "impulse-noise",
    .about = "Makes a share of the values black or white, each as often.",
    .parameters = "share",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{.03}, {.06}, {.09}, {.17}, {.27}}, MNIST_C},
    .colour = {{{.01}, {.02}, {.03}, {.05}, {.07}}, CIFAR_10_C},
    .apply = impulse_noise};

const Corruption CORRUPTION_speckle_noise = {
    .name = "speckle-noise",
    .about = "Multiplies each value by a normal random number of mean 1.",
    .parameters = "deviation",
    .n_severities = CORRUPTION_SEVERITIES,
    .gray = {{{.15}, {.2}, {.35}, {.45}, {.6}}, MNIST_C_CODE},
    .colour = {{{.06}, {.1}, {.12}, {.16}, {.2}}, CIFAR_10_C},
    .apply = speckle_noise};
