#ifndef NORMLAB_DATA_PNG_FIT_H
#define NORMLAB_DATA_PNG_FIT_H
/* Make an image of the network's size from a picture of any size, as data/picture_image.h
 * describes. Not collective. */
#include "data/format.h"

/* Writes image [h][w] from gray [rows][columns], which is changed. `path` is for messages. Returns
 * STATUS_DATA if there is nothing to be seen, or STATUS_MEMORY. */
Status fit_digit(uint8_t *image, int h, int w, uint8_t *gray, int rows, int columns,
                 const char *path) MUST_CHECK;
/* Writes image [h][w] from gray [rows][columns]; `fit` is not FIT_DIGIT. */
Status fit_gray(uint8_t *image, int h, int w, PictureFit fit, const uint8_t *gray, int rows,
                int columns, const char *path) MUST_CHECK;
/* Writes image [3][h][w] from rgba [rows][columns][4]; alpha is not looked at, and `fit` is not
 * FIT_DIGIT. `path` is for messages. */
Status fit_colour(uint8_t *image, int h, int w, PictureFit fit, const uint8_t *rgba, int rows,
                  int columns, const char *path) MUST_CHECK;

#endif
