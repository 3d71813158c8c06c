#include "row.h"

/* Layer norm with a scale and a shift per element, as PyTorch's over the last three axes. */
const NormKind NORM_LAYER_CHW = {
    .forms = {{"layer:chw", "over(c,h,w)", "Ba, Kiros and Hinton 2016", 0}},
    .affine = NORM_AFFINE_ELEMENT,
};
