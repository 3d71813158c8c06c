#include "data/digits.h"

#include "base/random.h"
#include "data_threads.h"
#include "digits_strokes.h"

#include <math.h>
#include <stddef.h>

enum { PIXELS = DIGITS_SIDE * DIGITS_SIDE, PIECES = 4 };

/* Only + - * / and square roots, which are the same on every machine. */

typedef struct Pen {
  float near2[PIXELS];  /* squared distance of a pixel's centre to the nearest stroke */
  float xx, xy, yx, yy; /* unit square, from its centre, to pixels */
  float x, y;           /* where the centre goes */
  float radius, reach;  /* of the ink; beyond which nothing is drawn */
} Pen;

static float between(RandomStream *stream, float low, float high) {
  return low + (high - low) * random_unit_float(random_next(stream));
}

/* Around 0, deviation SCALE, at most 2.45 SCALE: the sum of two uniform numbers. */
static float about(RandomStream *stream, float scale) {
  float a = random_unit_float(random_next(stream)), b = random_unit_float(random_next(stream));
  return (a + b - 1.0f) * 2.4494897f * scale;
}

static int clamp(float value) {
  return value < 0 ? 0 : value > DIGITS_SIDE - 1 ? DIGITS_SIDE - 1 : (int)value;
}

static void segment(Pen *pen, const float a[2], const float b[2]) {
  float ex = b[0] - a[0], ey = b[1] - a[1], length2 = ex * ex + ey * ey;
  float inverse = length2 > 0 ? 1.0f / length2 : 0.0f;
  int left = clamp((a[0] < b[0] ? a[0] : b[0]) - pen->reach);
  int right = clamp((a[0] > b[0] ? a[0] : b[0]) + pen->reach);
  int top = clamp((a[1] < b[1] ? a[1] : b[1]) - pen->reach);
  int bottom = clamp((a[1] > b[1] ? a[1] : b[1]) + pen->reach);
  for (int row = top; row <= bottom; row++) {
    float dy = (float)row + 0.5f - a[1];
    float *near2 = pen->near2 + row * DIGITS_SIDE;
    for (int column = left; column <= right; column++) {
      float dx = (float)column + 0.5f - a[0];
      float t = (dx * ex + dy * ey) * inverse;
      t = t < 0 ? 0 : t > 1 ? 1 : t;
      float rx = dx - t * ex, ry = dy - t * ey;
      float distance2 = rx * rx + ry * ry;
      near2[column] = distance2 < near2[column] ? distance2 : near2[column];
    }
  }
}

/* Catmull-Rom: through b and c, with the slopes of a-c and b-d. */
static float spline(float a, float b, float c, float d, float t) {
  return 0.5f * (2 * b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))));
}

static void draw_stroke(Pen *pen, const Stroke *stroke, float jitter, RandomStream *random) {
  float point[STROKE_POINTS][2];
  int n = stroke->n_points;
  for (int i = 0; i < n; i++) {
    float x = stroke->point[i][0] - 0.5f + about(random, jitter);
    float y = stroke->point[i][1] - 0.5f + about(random, jitter);
    point[i][0] = pen->x + pen->xx * x + pen->xy * y;
    point[i][1] = pen->y + pen->yx * x + pen->yy * y;
  }
  for (int i = 0; i + 1 < n; i++) {
    if (!stroke->is_curved) {
      segment(pen, point[i], point[i + 1]);
      continue;
    }
    const float *a = point[i > 0 ? i - 1 : 0], *b = point[i], *c = point[i + 1];
    const float *d = point[i + 2 < n ? i + 2 : n - 1];
    float from[2] = {b[0], b[1]}, to[2];
    for (int piece = 1; piece <= PIECES; piece++) {
      float t = (float)piece / PIECES;
      for (int k = 0; k < 2; k++) to[k] = spline(a[k], b[k], c[k], d[k], t);
      segment(pen, from, to);
      for (int k = 0; k < 2; k++) from[k] = to[k];
    }
  }
}

/* Rotation by 2 atan(t), which needs no sine; shear; scale. */
static void place_pen(Pen *pen, RandomStream *random) {
  float t = about(random, 0.1f), shear = about(random, 0.2f);
  float height = between(random, 14.0f, 22.0f), width = height * between(random, 0.65f, 1.1f);
  float cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
  pen->xx = cosine * width;
  pen->xy = (cosine * shear - sine) * height;
  pen->yx = sine * width;
  pen->yy = (sine * shear + cosine) * height;
  pen->x = DIGITS_SIDE / 2 + about(random, 1.3f);
  pen->y = DIGITS_SIDE / 2 + about(random, 1.3f);
}

static void develop(uint8_t *pixels, const Pen *pen, float softness, RandomStream *random) {
  float brightness = between(random, 130.0f, 255.0f), noise = between(random, 0.0f, 90.0f);
  float inverse = 1.0f / softness;
  uint32_t word = 0;
  for (int i = 0; i < PIXELS; i++) {
    word = i % 4 ? word >> 8 : random_next(random);
    float ink = (pen->radius - sqrtf(pen->near2[i])) * inverse + 0.5f;
    ink = ink < 0 ? 0 : ink > 1 ? 1 : ink;
    float value = brightness * ink + noise * ((float)(word & 255) * (1 / 255.0f) - 0.5f);
    pixels[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5f);
  }
}

static void draw_digit(uint8_t *pixels, int digit, uint64_t number, uint64_t seed) {
  RandomStream random = random_stream(seed, RANDOM_DIGITS, number);
  Pen pen;
  for (int i = 0; i < PIXELS; i++) pen.near2[i] = PIXELS;
  place_pen(&pen, &random);
  float softness = between(&random, 0.8f, 2.0f), jitter = between(&random, 0.01f, 0.085f);
  pen.radius = between(&random, 0.6f, 2.0f);
  pen.reach = pen.radius + softness;
  const struct DigitShapes *shapes = &digit_shapes[digit];
  const Glyph *glyph = &shapes->variant[random_below(&random, (uint32_t)shapes->n_variants)];
  for (int i = 0; i < glyph->n_strokes; i++) draw_stroke(&pen, &glyph->stroke[i], jitter, &random);
  develop(pixels, &pen, softness, &random);
}

/* The image's place in a random order of the ten classes, drawn anew for every ten images. */
static int digit_of(uint64_t number, uint64_t seed) {
  const uint64_t orders = (uint64_t)1 << 63;
  int order[DIGITS_CLASSES];
  RandomStream random = random_stream(seed, RANDOM_DIGITS, orders | number / DIGITS_CLASSES);
  for (int i = 0; i < DIGITS_CLASSES; i++) {
    int j = (int)random_below(&random, (uint32_t)i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return order[number % DIGITS_CLASSES];
}

void digits_draw(uint8_t *pixels, uint8_t *labels, uint64_t first, int n, uint64_t seed) {
#pragma omp parallel for schedule(static) num_threads(data_threads(n))
  for (int i = 0; i < n; i++) {
    uint64_t number = first + (uint64_t)i;
    labels[i] = (uint8_t)digit_of(number, seed);
    draw_digit(pixels + (size_t)i * PIXELS, labels[i], number, seed);
  }
}
