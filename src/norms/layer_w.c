#include "row.h"

#include <stdio.h>

/* Layer norm over the last axis alone, which is what PyTorch's LayerNorm(W) does to images. */
static void module(char text[NORM_MODULE_TEXT], NormSpec spec, Shape shape) {
  (void)spec;
  snprintf(text, NORM_MODULE_TEXT, "LayerNorm(%d)", shape.w);
}

const NormKind NORM_LAYER_W = {
    .forms = {{"layer:w", "a row of a channel of a sample",
               "Ba, Kiros and Hinton 2016, over the last axis", 0}},
    .formula = CENTRED_FORMULA,
    .statistics = CENTRED_STATISTICS,
    .unit = NORM_UNIT_ROW,
    .affine = NORM_AFFINE_COLUMN,
    .is_centred = 1,
    .has_shift = 1,
    .partition = partition_rows,
    .module = module,
};
