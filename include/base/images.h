#ifndef NORMLAB_BASE_IMAGES_H
#define NORMLAB_BASE_IMAGES_H
#include <stdint.h>

/* A set of n labelled images that all have c channels, h rows and w columns. An ImageSet refers to
 * memory that somebody else owns and frees. */
typedef struct ImageSet {
  int n, c, h, w;
  const uint8_t *pixels; /* [n][c][h][w], one byte for each value, 0 (black) to 255 */
  const uint8_t *labels; /* [n]: the class of each image, from 0 */
} ImageSet;

#endif
