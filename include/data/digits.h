#ifndef NORMLAB_DATA_DIGITS_H
#define NORMLAB_DATA_DIGITS_H
/* Synthetic digits: 28 x 28 gray images of 0 .. 9, white on black as in MNIST, for where there are
 * no data. Each class is one of a few sets of strokes, drawn with jittered control points, a random
 * rotation, shear, scale, shift and thickness, brightness and noise.
 *
 * Image I is a pure function of (seed, I), on every machine; any part of a set may be drawn alone.
 * Ten consecutive images from a multiple of ten on hold every class once, in random order. */
#include <stdint.h>

enum { DIGITS_SIDE = 28, DIGITS_CLASSES = 10, DIGITS_TRAIN = 60000, DIGITS_TEST = 10000 };
/* Number of the first image of the test set; the train set begins with image 0. */
#define DIGITS_TEST_FIRST ((uint64_t)10000000000)

/* Draws images first .. first + n - 1 by all OpenMP threads: pixels [n][28][28], labels [n]. */
void digits_draw(uint8_t *pixels, uint8_t *labels, uint64_t first, int n, uint64_t seed);

#endif
