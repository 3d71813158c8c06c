#ifndef NORMLAB_BASE_IMAGES_H
#define NORMLAB_BASE_IMAGES_H
#include <stdint.h>

/* Labelled images of one size. Does not own its memory. */
typedef struct ImageSet {
  int n, c, h, w;
  const uint8_t *pixels; /* [n][c][h][w] */
  const uint8_t *labels; /* [n] */
} ImageSet;

#endif
