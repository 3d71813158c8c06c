#ifndef NORMLAB_DATA_AUGMENT_H
#define NORMLAB_DATA_AUGMENT_H
/* Random variation of training images. What is drawn for a sample is a pure function of seed, epoch
 * and the sample's number in the data set, and the new image is made of bytes by operations that
 * every processor rounds alike: the same bits for any batch, rank, thread and instruction set. */
#include "base/random.h"
#include "config/config.h"
#include <stddef.h>
#include <stdint.h>

/* What is done to one image, in this order; about its centre, ((w - 1) / 2, (h - 1) / 2). */
typedef struct Augmentation {
  int flip;                /* left becomes right */
  double scale;            /* factor, above 0 */
  double shear;            /* degrees: upright lines lean to the right by it */
  double rotation;         /* degrees, counterclockwise */
  double shift_x, shift_y; /* pixels, to the right and down */
} Augmentation;

/* Whether the configuration asks for any. */
int augment_wanted(const AugmentConfig *config);

/* Draws for a sample: key is that of RANDOM_AUGMENT. Each value has its own random numbers, so that
 * none depends on what else is asked for. A crop is a shift by whole pixels, -crop .. crop along
 * each axis, each as probable as another. */
void augment_draw(Augmentation *augmentation, const AugmentConfig *config, RandomKey key,
                  uint64_t epoch, uint32_t sample);

/* Bytes of scratch memory that augment_apply needs, aligned to 4. */
size_t augment_scratch(int h, int w);

/* out [c][h][w] = the image [c][h][w] so transformed: each pixel is interpolated between the four
 * around the place it comes from (bilinear, black outside of the image), and rounded. Flips and
 * shifts by whole pixels alone are exact. out may not overlap image. */
void augment_apply(uint8_t *out, const uint8_t *image, int c, int h, int w,
                   const Augmentation *augmentation, void *scratch);

#endif
