#ifndef NORMLAB_DATA_DIGITS_H
#define NORMLAB_DATA_DIGITS_H
/* Synthetic digits: gray images of 28 x 28 pixels of the digits 0 to 9, white on black as in
 * MNIST. They are for places where there are no data. Each class is one of a few sets of strokes,
 * which are drawn with jittered control points, a random rotation, shear, scale, shift, thickness
 * and brightness, and noise.
 *
 * Image i is a pure function of the seed and of i, on every machine, so any part of a set may be
 * drawn alone. Ten consecutive images, the first of which has a number that is a multiple of ten,
 * show every class once, in random order. Not collective. */
#include <stdint.h>

enum { DIGITS_SIDE = 28, DIGITS_CLASSES = 10, DIGITS_TRAIN = 60000, DIGITS_TEST = 10000 };
/* The number of the first image of the test set. The train set begins with image 0. */
#define DIGITS_TEST_FIRST ((uint64_t)10000000000)

/* Draws the images from `first` to first + n - 1 with all OpenMP threads, into pixels [n][28][28]
 * and labels [n]. */
void digits_draw(uint8_t *pixels, uint8_t *labels, uint64_t first, int n, uint64_t seed);

#endif
