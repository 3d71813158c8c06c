#include "row.h"

/* Layer norm with a scale and a shift per channel, as group norm of one group. */
const NormKind NORM_LAYER = {
    .forms = {{"layer", "over(c,h,w)", "Ba, Kiros and Hinton 2016", 0}},
    .affine = NORM_AFFINE_CHANNEL,
};
