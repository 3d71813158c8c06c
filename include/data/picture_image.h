#ifndef NORMLAB_DATA_PICTURE_IMAGE_H
#define NORMLAB_DATA_PICTURE_IMAGE_H
/* Reads a picture as an image such as the network was trained on. Not collective. */
#include "data/format.h"

/* Reads a PNG or JPEG file of any size (up to 2^26 pixels), colour type and depth into image
 * [c][h][w]. Where the picture is transparent, it is laid on white. With c = 1 it is made gray =
 * 0.299 R + 0.587 G + 0.114 B.
 *
 * With FIT_CROP the picture is scaled to cover the image, and what juts out is cut off, as much on
 * the one side as on the other; with FIT_PAD it is scaled to fit into the image, in the middle, and
 * what is left is black; with FIT_STRETCH it is scaled to cover the image alone, in other
 * proportions. It is averaged over areas when it shrinks, and bilinear when it grows. A picture of
 * h x w pixels is taken as it is. That of a JPEG file is first turned as its orientation tag says.
 *
 * With FIT_DIGIT, which is for c = 1, a picture of exactly h x w pixels with a dark border is taken
 * as it is. Any other is treated as the images of MNIST were: Light paper (by the gray of the
 * border) is inverted. The border's gray becomes black and the brightest pixel white. The bounding
 * box of the ink is scaled to fit 20/28 of the shorter side and keeps its proportions (it is
 * averaged over areas when it shrinks, and bilinear when it grows). It is put so that its centre of
 * mass is in pixel (h / 2, w / 2).
 *
 * Returns STATUS_FILE if the file cannot be opened or read, or is not a regular file. Returns
 * STATUS_DATA if it is neither PNG nor JPEG, is damaged or too large, or shows no digit. Returns
 * STATUS_USAGE if c is neither 1 nor 3, or is 3 with FIT_DIGIT. All messages name the file. */
Status picture_image(uint8_t *image, int c, int h, int w, PictureFit fit,
                     const char *path) MUST_CHECK;

#endif
