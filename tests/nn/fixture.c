#include "fixture.h"
#include "nn/kinds.h"

#include "dist/dist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char NETWORK_S6[] = "network:\n"
                          "  order: [conv, norm, dropout, relu]\n"
                          "  dropout: 0.05\n"
                          "  layers:\n"
                          "    - {type: block, channels: 8}\n"
                          "    - {type: block, channels: 8}\n"
                          "    - {type: block, channels: 8}\n"
                          "    - {type: max-pool, size: 2}\n"
                          "    - {type: block, channels: 12}\n"
                          "    - {type: block, channels: 14}\n"
                          "    - {type: block, channels: 8, kernel: 1}\n"
                          "    - {type: block, channels: 26}\n"
                          "    - {type: block, channels: 50, kernel: 1}\n"
                          "    - {type: avg-pool, size: 5}\n"
                          "    - {type: conv, channels: 10, kernel: 1}\n";

const char NETWORK_WIDE[] = "network:\n"
                            "  order: [conv, norm, relu]\n"
                            "  layers:\n"
                            "    - {type: block, channels: 96, kernel: 5, padding: 2}\n"
                            "    - {type: block, channels: 16, kernel: 1}\n"
                            "    - {type: max-pool, size: 2}\n"
                            "    - {type: block, channels: 16}\n"
                            "    - {type: block, channels: 8, kernel: 1}\n"
                            "    - {type: max-pool, size: 2}\n"
                            "    - {type: block, channels: 16}\n"
                            "    - {type: conv, channels: 10}\n"
                            "    - {type: global-avg-pool}\n";

const char NETWORK_RELU_FIRST[] = "network:\n"
                                  "  order: [conv, relu, norm, dropout]\n"
                                  "  dropout: 0.05\n"
                                  "  layers:\n"
                                  "    - {type: block, channels: 16}\n"
                                  "    - {type: block, channels: 32}\n"
                                  "    - {type: conv, channels: 10, kernel: 1}\n"
                                  "    - {type: max-pool, size: 2}\n"
                                  "    - {type: block, channels: 12}\n"
                                  "    - {type: block, channels: 12}\n"
                                  "    - {type: block, channels: 12}\n"
                                  "    - {type: block, channels: 16, padding: 1}\n"
                                  "    - {type: avg-pool, size: 6}\n"
                                  "    - {type: conv, channels: 10, kernel: 1}\n";

/* From 2 x 13 x 12: 8x13x12, 8x13x12 (skip), norm and ReLU alone, 8x6x6 (rows left over), 8x6x6
 * (skip without norm), 12x3x3 (stride 2), 12x2x2 (overlapping windows), 12x1x1, 16, 5. */
#define LAYERS                                                                                     \
  "  layers:\n"                                                                                    \
  "    - {type: block, channels: 8, kernel: 5, padding: 2, bias: true}\n"                          \
  "    - {type: block, channels: 8, padding: 1, skip: true}\n"                                     \
  "    - {type: norm}\n"                                                                           \
  "    - {type: relu}\n"                                                                           \
  "    - {type: max-pool, size: 2}\n"                                                              \
  "    - {type: conv, channels: 8, kernel: 1, bias: true, skip: true}\n"                           \
  "    - {type: block, channels: 12, stride: 2, padding: 1}\n"                                     \
  "    - {type: avg-pool, size: 2, stride: 1}\n"                                                   \
  "    - {type: global-avg-pool}\n"                                                                \
  "    - {type: linear, channels: 16}\n"                                                           \
  "    - {type: relu}\n"                                                                           \
  "    - {type: linear, channels: 5, bias: false}\n"

const char NETWORK_ALL_LAYERS[] = "network:\n  order: [conv, norm, relu]\n" LAYERS;
const char NETWORK_ALL_LAYERS_RELU_NORM[] = "network:\n  order: [conv, relu, norm]\n" LAYERS;

#define LARGE_LAYERS                                                                               \
  "  layers:\n"                                                                                    \
  "    - {type: block, channels: 112, padding: 1}\n"                                               \
  "    - {type: block, channels: 112, kernel: 1}\n"                                                \
  "    - {type: block, channels: 8, kernel: 1}\n"                                                  \
  "    - {type: max-pool, size: 3}\n"                                                              \
  "    - {type: conv, channels: 5}\n"                                                              \
  "    - {type: global-avg-pool}\n"

const char NETWORK_LARGE[] = "network:\n  order: [conv, norm, relu]\n" LARGE_LAYERS;
const char NETWORK_LARGE_RELU_NORM[] = "network:\n  order: [conv, relu, norm]\n" LARGE_LAYERS;

const char NETWORK_LARGE_STRIDED[] =
    "network:\n"
    "  order: [conv, norm, relu]\n"
    "  layers:\n"
    "    - {type: block, channels: 416, kernel: 5, stride: 2, padding: 2}\n"
    "    - {type: block, channels: 8, kernel: 1}\n"
    "    - {type: max-pool, size: 2}\n"
    "    - {type: conv, channels: 5}\n"
    "    - {type: global-avg-pool}\n";

const char NETWORK_AGAIN[] = "network:\n"
                             "  order: [conv, norm, relu]\n"
                             "  layers:\n"
                             "    - {type: block, channels: 24, padding: 1}\n"
                             "    - {type: block, channels: 24, padding: 1}\n"
                             "    - {type: max-pool, size: 2}\n"
                             "    - {type: conv, channels: 5}\n"
                             "    - {type: global-avg-pool}\n";

const char NETWORK_LARGE_POOLED[] = "network:\n"
                                    "  order: [conv, norm, relu]\n"
                                    "  layers:\n"
                                    "    - {type: block, channels: 112, padding: 1}\n"
                                    "    - {type: max-pool, size: 2}\n"
                                    "    - {type: conv, channels: 5}\n"
                                    "    - {type: global-avg-pool}\n";

const char NETWORK_LARGE_SECOND_POOLED[] = "network:\n"
                                           "  order: [conv, norm, relu]\n"
                                           "  layers:\n"
                                           "    - {type: conv, channels: 3, padding: 1}\n"
                                           "    - {type: block, channels: 112, padding: 1}\n"
                                           "    - {type: max-pool, size: 2}\n"
                                           "    - {type: conv, channels: 5}\n"
                                           "    - {type: global-avg-pool}\n";

void expect_ok(Status status) {
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
}

Config *config_make(const char *text, const char *norm, ...) {
  enum { MOST = 16 };
  ConfigChange change[MOST];
  char *copy[MOST];
  int n = 0, n_copies = 0;
  if (norm) change[n++] = (ConfigChange){"--norm", "network.norm", norm};
  va_list list;
  va_start(list, norm);
  for (const char *set; (set = va_arg(list, const char *)) != NULL;) {
    assert_true(n < MOST);
    char *key = copy[n_copies++] = strdup(set), *equals = strchr(key, '=');
    *equals = 0;
    change[n++] = (ConfigChange){"--set", key, equals + 1};
  }
  va_end(list);
  Config *config = NULL;
  expect_ok(config_parse(&config, &NETWORK_KINDS, text, "test.yaml", change, n));
  for (int i = 0; i < n_copies; i++) free(copy[i]);
  return config;
}

void *new_zeroed(size_t n, size_t size) {
  void *memory = calloc(n ? n : 1, size);
  assert_non_null(memory);
  return memory;
}

static uint32_t random_bits(uint64_t *state) {
  *state = *state * 6364136223846793005U + 1442695040888963407U;
  return (uint32_t)(*state >> 32);
}

double random_share(uint64_t *state) {
  return random_bits(state) * 0x1p-32;
}

void images_make(Images *images, int n, int c, int h, int w, int n_classes, uint64_t seed) {
  size_t n_pixels = (size_t)n * (size_t)c * (size_t)h * (size_t)w;
  images->pixels = new_zeroed(n_pixels, 1);
  images->labels = new_zeroed((size_t)n, 1);
  images->set = (ImageSet){n, c, h, w, images->pixels, images->labels};
  uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
  for (int i = 0; i < 8; i++) random_bits(&state);
  for (size_t i = 0; i < n_pixels; i++) images->pixels[i] = (uint8_t)(256 * random_share(&state));
  for (int i = 0; i < n; i++) images->labels[i] = (uint8_t)(n_classes * random_share(&state));
  for (int i = 0; i < c * 256; i++) images->table[i] = (float)((i % 256 / 255.0 - 0.5) / 0.3);
}

void images_free(Images *images) {
  free(images->pixels);
  free(images->labels);
}

double *images_doubles(const Images *images) {
  const ImageSet *set = &images->set;
  size_t plane = (size_t)set->h * (size_t)set->w, c = (size_t)set->c,
         n = (size_t)set->n * c * plane;
  double *x = new_zeroed(n, sizeof *x);
  for (size_t i = 0; i < n; i++) x[i] = (double)images->table[i / plane % c * 256 + set->pixels[i]];
  return x;
}
