#include "corrupted_images.h"

#include "data/digits.h"
#include "support/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

void *bytes(size_t n) {
  void *memory = calloc(n ? n : 1, 1);
  assert_non_null(memory);
  return memory;
}

size_t size_of(const ImageSet *set) {
  return (size_t)set->n * (size_t)set->c * (size_t)set->h * (size_t)set->w;
}

ImageSet digits(int n, int c) {
  enum { SIDE = DIGITS_SIDE };
  uint8_t *gray = bytes((size_t)(n * c) * SIDE * SIDE), *labels = bytes((size_t)(n * c));
  digits_draw(gray, labels, 0, n * c, CORRUPTION_SEED);
  free(labels);
  if (c == 1) return (ImageSet){n, 1, SIDE, SIDE, gray, NULL};
  uint8_t *pixels = bytes((size_t)(n * c) * 32 * 32);
  for (int i = 0; i < n * c; i++)
    for (int y = 0; y < 32; y++)
      for (int x = 0; x < 32; x++)
        pixels[(i * 32 + y) * 32 + x] =
            (uint8_t)(20 * (i % c) + 3 * y + gray[(i * SIDE + y % SIDE) * SIDE + x % SIDE] / 2);
  free(gray);
  return (ImageSet){n, c, 32, 32, pixels, NULL};
}

ImageSet flat(int n, int c, int h, int w, int value) {
  uint8_t *pixels = bytes((size_t)n * (size_t)c * (size_t)h * (size_t)w);
  memset(pixels, value, (size_t)n * (size_t)c * (size_t)h * (size_t)w);
  return (ImageSet){n, c, h, w, pixels, NULL};
}

void set_free(ImageSet *set) {
  free((void *)(uintptr_t)set->pixels);
}

const Corruption *kind_named(const char *name) {
  const Corruption *kind;
  Status status = corruption_find(&kind, name);
  assert_int_equal(status.code, STATUS_OK);
  return kind;
}

uint8_t *corrupted_by(const ImageSet *set, const Corruption *kind, int severity, uint64_t seed) {
  uint8_t *out = bytes(size_of(set) + 8);
  memset(out + size_of(set), 0xa5, 8);
  CorruptionChoice choice = {kind, severity, seed};
  Status status = corrupt_images(out, set, &choice);
  assert_int_equal(status.code, STATUS_OK);
  for (int i = 0; i < 8; i++) assert_int_equal(out[size_of(set) + (size_t)i], 0xa5);
  return out;
}

uint8_t *corrupted(const ImageSet *set, const char *name, int severity) {
  return corrupted_by(set, kind_named(name), severity, CORRUPTION_SEED);
}

double value_of(const char *name, int c, int severity) {
  return corruption_levels(kind_named(name), c)->value[severity - 1][0];
}
