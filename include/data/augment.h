#ifndef NORMLAB_DATA_AUGMENT_H
#define NORMLAB_DATA_AUGMENT_H
/* Random variation of training images. What is drawn for a sample is a pure function of the seed,
 * the epoch and the sample's number in the data set. The new image is made of bytes by operations
 * that every processor rounds alike, so its bits are the same for any batch, rank, thread and
 * instruction set. Not collective. */
#include "base/random.h"
#include "config/config.h"
#include <stddef.h>
#include <stdint.h>

/* What is done to one image, in this order. The transformations are about the centre of the image,
 * which is ((w - 1) / 2, (h - 1) / 2). */
typedef struct Augmentation {
  int flip;                /* 1: left and right are exchanged */
  double scale;            /* the factor by which the image grows; it is above 0 */
  double shear;            /* degrees by which upright lines lean to the right */
  double rotation;         /* degrees, counterclockwise */
  double shift_x, shift_y; /* pixels, to the right and down */
} Augmentation;

/* Returns whether the configuration asks for any augmentation. */
int augment_wanted(const AugmentConfig *config);

/* Draws the augmentation of a sample in an epoch. `key` is random_key() of the seed and
 * RANDOM_AUGMENT. Each value has random numbers of its own, so that none depends on what else the
 * configuration asks for. A crop is a shift by whole pixels, from -crop to crop along each axis,
 * each with the same probability. */
void augment_draw(Augmentation *augmentation, const AugmentConfig *config, RandomKey key,
                  uint64_t epoch, uint32_t sample);

/* Returns how many bytes of scratch memory augment_apply() needs for images of h x w pixels. The
 * memory must be aligned to 4 bytes. */
size_t augment_scratch(int h, int w);

/* Writes the transformed image [c][h][w] to out [c][h][w], which must not overlap it. Each new
 * pixel is interpolated bilinearly between the four pixels around the place that it comes from,
 * where everything outside of the image is black, and is then rounded. Flips and shifts by whole
 * pixels alone are exact. */
void augment_apply(uint8_t *out, const uint8_t *image, int c, int h, int w,
                   const Augmentation *augmentation, void *scratch);

#endif
