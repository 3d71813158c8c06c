#include "row.h"

#include <stdio.h>

/* Group norm by the channels of a group. */
static void module(char text[NORM_MODULE_TEXT], NormSpec spec, Shape shape) {
  snprintf(text, NORM_MODULE_TEXT, "GroupNorm(%d, %d)", shape.c / spec.n, shape.c);
}

const NormKind NORM_GROUP_CHANNELS = {
    .forms = {{"group:c/", "N channels of a sample", "Wu and He 2018", 2}},
    .formula = CENTRED_FORMULA,
    .statistics = CENTRED_STATISTICS,
    .unit = NORM_UNIT_CHANNEL,
    .affine = NORM_AFFINE_CHANNEL,
    .is_centred = 1,
    .has_shift = 1,
    .partition = partition_by_width,
    .module = module,
};
