#ifndef NORMLAB_REPORT_NORM_PICTURE_H
#define NORMLAB_REPORT_NORM_PICTURE_H
/* Draws which elements of an activation share statistics, after figure 2 of Wu and He 2018: a block
 * of samples x channels x positions (rows x columns), cut into its elements, of which three sides
 * are in sight. The group of the element that is nearest is in a strong colour; of the other groups
 * those that touch have different shades. Which elements share statistics follows from
 * norms/partition.h, as in training. Not collective. */
#include "norms/norms.h"

enum { NORM_PICTURE_MOST = 16 }; /* samples, or channels, in a picture */

/* Writes an SVG file with the picture of one norm, or of all that have statistics if spec is NULL.
 * A block has 4 samples of 4 channels of 2 x 2; where a norm divides samples or channels by a
 * number it has twice as many, if they are more. The file is replaced as a whole. Each side of an
 * element is a path with the class g0 (the nearest group), g1, g2, ..., and its place in the
 * attributes data-n, data-c, data-h and data-w. Returns STATUS_USAGE if the norm has no statistics
 * or needs more than NORM_PICTURE_MOST samples or channels, STATUS_FILE if the file cannot be
 * written, or STATUS_MEMORY. */
Status norm_picture_write(const char *file, const NormSpec *spec) MUST_CHECK;

#endif
