#ifndef NORMLAB_DATA_PNG_FIT_H
#define NORMLAB_DATA_PNG_FIT_H
/* From a picture of any size to an image of the network's size: see data/png.h. */
#include "base/status.h"
#include <stdint.h>

/* image [h][w] from gray [rows][columns], which is changed. path is for messages. */
Status fit_digit(uint8_t *image, int h, int w, uint8_t *gray, int rows, int columns,
                 const char *path) MUST_CHECK;
/* image [3][h][w] from rgba [rows][columns][4]; alpha is not looked at. */
Status fit_colour(uint8_t *image, int h, int w, const uint8_t *rgba, int rows, int columns,
                  const char *path) MUST_CHECK;

#endif
