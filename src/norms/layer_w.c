#include "row.h"

/* Layer norm over the last axis alone, which is what PyTorch's LayerNorm(W) does to images. */
const NormKind NORM_LAYER_W = {
    .forms = {{"layer:w", "over(w)", "Ba, Kiros and Hinton 2016, over the last axis", 0}},
    .affine = NORM_AFFINE_COLUMN,
};
