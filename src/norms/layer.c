#include "row.h"

#include <stdio.h>

/* Layer norm with a scale and a shift per channel, as group norm of one group. */
static void module(char text[NORM_MODULE_TEXT], NormSpec spec, Shape shape) {
  (void)spec;
  snprintf(text, NORM_MODULE_TEXT, "GroupNorm(1, %d)", shape.c);
}

const NormKind NORM_LAYER = {
    .forms = {{"layer", "a sample", "Ba, Kiros and Hinton 2016", 0}},
    .formula = CENTRED_FORMULA,
    .statistics = CENTRED_STATISTICS,
    .unit = NORM_UNIT_CHANNEL,
    .affine = NORM_AFFINE_CHANNEL,
    .is_centred = 1,
    .has_shift = 1,
    .partition = partition_sample,
    .module = module,
};
