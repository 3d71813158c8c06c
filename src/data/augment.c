#include "data/augment.h"

#include "base/series.h"
#include <math.h>
#include <string.h>

enum { PIECE = 32 };

/* Source coordinates, with 1 added, of a pixel of the result: x_x x + x_y y + x_0, and so on. */
typedef struct Map {
  float x_x, x_y, x_0, y_x, y_y, y_0;
} Map;

int augment_wanted(const AugmentConfig *config) {
  return config->rotation > 0 || config->shift > 0 || config->scale > 0 || config->shear > 0 ||
         config->crop > 0 || config->flip;
}

/* A number of -range .. range. */
static double spread(double range, uint32_t word) {
  return range * ((double)word * 0x1p-31 - 1);
}

static int whole_spread(int range, uint32_t word) {
  return (int)((uint64_t)word * (uint64_t)(2 * range + 1) >> 32) - range;
}

void augment_draw(Augmentation *augmentation, const AugmentConfig *config, RandomKey key,
                  uint64_t epoch, uint32_t sample) {
  uint32_t word[8];
  random_words(word, key, epoch, sample);
  random_words(word + 4, key, epoch, (uint64_t)1 << 32 | sample);
  *augmentation = (Augmentation){
      .flip = config->flip && word[0] >> 31,
      .scale = 1 + spread(config->scale, word[5]),
      .shear = spread(config->shear, word[4]),
      .rotation = spread(config->rotation, word[3]),
      .shift_x = spread(config->shift, word[6]) + whole_spread(config->crop, word[1]),
      .shift_y = spread(config->shift, word[7]) + whole_spread(config->crop, word[2])};
}

/* Forward, y pointing down: v -> R S scale F v + shift, with R = (cos sin; -sin cos),
 * S = (1 -tan; 0 1), F = (-1 0; 0 1) or 1. The map is the inverse. */
static Map inverse(const Augmentation *a, int h, int w) {
  double sine, cosine, lean, upright;
  series_sine_and_cosine(&sine, &cosine, a->rotation);
  series_sine_and_cosine(&lean, &upright, a->shear);
  double tangent = lean / upright, side = (a->flip ? -1 : 1) / a->scale;
  double x_x = side * (cosine + tangent * sine), x_y = side * (tangent * cosine - sine);
  double y_x = sine / a->scale, y_y = cosine / a->scale;
  double centre_x = 0.5 * (w - 1), centre_y = 0.5 * (h - 1);
  double from_x = -centre_x - a->shift_x, from_y = -centre_y - a->shift_y;
  return (Map){(float)x_x, (float)x_y, (float)(x_x * from_x + x_y * from_y + centre_x + 1),
               (float)y_x, (float)y_y, (float)(y_x * from_x + y_y * from_y + centre_y + 1)};
}

size_t augment_scratch(int h, int w) {
  return (size_t)(h + 2) * (size_t)(w + 2) * sizeof(uint32_t) + (size_t)(h + 3) * (size_t)(w + 3);
}

/* quad [h + 2][w + 2]: a pixel, that to its right, and the two below these, in one word, from pixel
 * (-1, -1) on, with black around the image. One load fetches all that a pixel of the result needs.
 */
static void gather(uint32_t *restrict quad, uint8_t *restrict framed, const uint8_t *restrict image,
                   int h, int w) {
  size_t line = (size_t)w + 3;
  memset(framed, 0, ((size_t)h + 3) * line);
  for (int y = 0; y < h; y++)
    memcpy(framed + (size_t)(y + 1) * line + 1, image + (size_t)y * (size_t)w, (size_t)w);
  for (int y = 0; y < h + 2; y++) {
    const uint8_t *above = framed + (size_t)y * line, *below = above + line;
    for (int x = 0; x < w + 2; x++)
      quad[(size_t)y * ((size_t)w + 2) + (size_t)x] = above[x] | (uint32_t)above[x + 1] << 8 |
                                                      (uint32_t)below[x] << 16 |
                                                      (uint32_t)below[x + 1] << 24;
  }
}

/* at[i] = from + i step, kept within 0 .. last. */
static void walk(float at[PIECE], float from, float step, float last) {
  for (int i = 0; i < PIECE; i++) {
    float value = from + step * (float)i;
    value = value > 0 ? value : 0;
    at[i] = value < last ? value : last;
  }
}

/* A piece of a row of the result, from pixel (first, y) on: loops of fixed length, of which only
 * one cannot be vectorized. */
static void interpolate_piece(uint8_t result[PIECE], const uint32_t *quad, int h, int w,
                              const Map *map, int first, int y) {
  int place[PIECE];
  uint32_t found[PIECE];
  float at_x[PIECE], at_y[PIECE];
  walk(at_x, map->x_x * (float)first + map->x_y * (float)y + map->x_0, map->x_x, (float)(w + 1));
  walk(at_y, map->y_x * (float)first + map->y_y * (float)y + map->y_0, map->y_x, (float)(h + 1));
  for (int i = 0; i < PIECE; i++) {
    int left = (int)at_x[i], top = (int)at_y[i];
    place[i] = top * (w + 2) + left;
    at_x[i] -= (float)left;
    at_y[i] -= (float)top;
  }
  for (int i = 0; i < PIECE; i++) found[i] = quad[place[i]];
  for (int i = 0; i < PIECE; i++) {
    uint32_t q = found[i];
    float p00 = (float)(int)(q & 255), p01 = (float)(int)(q >> 8 & 255);
    float p10 = (float)(int)(q >> 16 & 255), p11 = (float)(int)(q >> 24);
    float above = p00 + at_x[i] * (p01 - p00), below = p10 + at_x[i] * (p11 - p10);
    result[i] = (uint8_t)(int)(above + at_y[i] * (below - above) + 0.5f);
  }
}

static void interpolate(uint8_t *out, const uint32_t *quad, int h, int w, const Map *map) {
  uint8_t result[PIECE];
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x += PIECE) {
      interpolate_piece(result, quad, h, w, map, x, y);
      memcpy(out + (size_t)y * (size_t)w + x, result, (size_t)(w - x < PIECE ? w - x : PIECE));
    }
}

/* Row of the result from a row of the image: out[x] = row[x - shift], or mirrored. */
static void move_row(uint8_t *out, const uint8_t *row, int w, int shift, int flip) {
  for (int x = 0; x < w; x++) {
    int from = flip ? w - 1 - x + shift : x - shift;
    out[x] = from >= 0 && from < w ? row[from] : 0;
  }
}

static void move(uint8_t *out, const uint8_t *image, int h, int w, const Augmentation *a) {
  /* Beyond the image all shifts are alike. */
  int shift_x = (int)fmax(-w, fmin(w, a->shift_x)), shift_y = (int)fmax(-h, fmin(h, a->shift_y));
  for (int y = 0; y < h; y++) {
    int from = y - shift_y;
    if (from < 0 || from >= h)
      memset(out + (size_t)y * (size_t)w, 0, (size_t)w);
    else
      move_row(out + (size_t)y * (size_t)w, image + (size_t)from * (size_t)w, w, shift_x, a->flip);
  }
}

static int is_move(const Augmentation *a) {
  return a->rotation == 0 && a->shear == 0 && a->scale == 1 && a->shift_x == floor(a->shift_x) &&
         a->shift_y == floor(a->shift_y);
}

void augment_apply(uint8_t *out, const uint8_t *image, int c, int h, int w,
                   const Augmentation *augmentation, void *scratch) {
  uint32_t *quad = scratch;
  uint8_t *framed = (uint8_t *)(quad + (size_t)(h + 2) * (size_t)(w + 2));
  size_t plane = (size_t)h * (size_t)w;
  Map map = inverse(augmentation, h, w);
  for (int k = 0; k < c; k++, out += plane, image += plane) {
    if (is_move(augmentation)) {
      move(out, image, h, w, augmentation);
      continue;
    }
    gather(quad, framed, image, h, w);
    interpolate(out, quad, h, w, &map);
  }
}
