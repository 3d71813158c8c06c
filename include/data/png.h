#ifndef NORMLAB_DATA_PNG_H
#define NORMLAB_DATA_PNG_H
/* Reads a PNG picture as an image such as the network was trained on. Not collective. */
#include "base/status.h"
#include <stdint.h>

/* Reads a PNG file of any size (up to 2^26 pixels), colour type and depth into image [c][h][w].
 * Where the picture is transparent, it is laid on white.
 *
 * With c = 3 the picture is scaled to cover the image, and what juts out is cut off, as much on
 * the one side as on the other.
 *
 * With c = 1 the picture is first made gray = 0.299 R + 0.587 G + 0.114 B. A picture of exactly h
 * x w pixels with a dark border is then taken as it is. Any other is treated as the images of
 * MNIST were: Light paper (by the gray of the border) is inverted. The border's gray becomes black
 * and the brightest pixel white. The bounding box of the ink is scaled to fit 20/28 of the shorter
 * side and keeps its proportions (it is averaged over areas when it shrinks, and bilinear when it
 * grows). It is put so that its centre of mass is in pixel (h / 2, w / 2).
 *
 * Returns STATUS_FILE if the file cannot be opened or read, or is not a regular file. Returns
 * STATUS_DATA if it is no PNG, is damaged or too large, or shows nothing. Returns STATUS_USAGE if
 * c is neither 1 nor 3. All messages name the file. */
Status png_read(uint8_t *image, int c, int h, int w, const char *path) MUST_CHECK;

#endif
