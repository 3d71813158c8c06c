#include "row.h"

/* Each pixel by itself over its channels: the layer norm of ConvNeXt, whose images have the
 * channels last. */
const NormKind NORM_POSITION = {
    .forms = {{"position", "over(c)", "Li et al. 2019; Liu et al. 2022", 0}},
    .affine = NORM_AFFINE_CHANNEL,
};
