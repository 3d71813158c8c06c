#ifndef NORMLAB_DATA_PNG_H
#define NORMLAB_DATA_PNG_H
/* A PNG picture made into an image as the network has seen them. Not collective. */
#include "base/status.h"
#include <stdint.h>

/* Reads a PNG file of any size (up to 2^26 pixels), colour type and depth into image [c][h][w];
 * transparent pixels show white paper.
 *
 * c = 3: scaled to cover the image, what juts out is cut off on both sides.
 * c = 1: gray = 0.299 R + 0.587 G + 0.114 B. A picture of exactly h x w pixels with a dark border
 * is taken as it is. Any other is treated as the images of MNIST were: light paper (by the border)
 * is inverted; the border's gray becomes black and the brightest pixel white; the ink's bounding
 * box is scaled, keeping its proportions, to fit 20/28 of the shorter side (averaged over areas to
 * reduce, bilinear to enlarge), and put with its centre of mass in pixel (h / 2, w / 2).
 *
 * STATUS_FILE: cannot be opened or read, not a regular file. STATUS_DATA: no PNG, damaged, too
 * large, or nothing to be seen in it. STATUS_USAGE: c is neither 1 nor 3. All name the file. */
Status png_read(uint8_t *image, int c, int h, int w, const char *path) MUST_CHECK;

#endif
