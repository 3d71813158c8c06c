#include "row.h"

#include <stdio.h>

/* Layer norm with a scale and a shift per element, as PyTorch's over the last three axes. */
static void module(char text[NORM_MODULE_TEXT], NormSpec spec, Shape shape) {
  (void)spec;
  snprintf(text, NORM_MODULE_TEXT, "LayerNorm([%d, %d, %d])", shape.c, shape.h, shape.w);
}

const NormKind NORM_LAYER_CHW = {
    .forms = {{"layer:chw", "a sample", "Ba, Kiros and Hinton 2016", 0}},
    .formula = CENTRED_FORMULA,
    .statistics = CENTRED_STATISTICS,
    .unit = NORM_UNIT_CHANNEL,
    .affine = NORM_AFFINE_ELEMENT,
    .is_centred = 1,
    .has_shift = 1,
    .partition = partition_sample,
    .module = module,
};
