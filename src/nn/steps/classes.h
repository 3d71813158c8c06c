#ifndef NORMLAB_NN_STEPS_CLASSES_H
#define NORMLAB_NN_STEPS_CLASSES_H
/* The heads and tails of groups, each in the file of its name. match.c takes the first that fits.
 */
#include "norm_group.h"

extern const NormHead CONV_NORM_CONV, CONV_NORM, CONV_SUMS, NORM_SUMS;
extern const NormTail NORM_ROWS, NORM_CONV, NORM_POOL, NORM_ALONE;

#endif
