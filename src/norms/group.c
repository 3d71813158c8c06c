#include "row.h"

#include <stdio.h>

/* Group norm by the number of groups. */
static void module(char text[NORM_MODULE_TEXT], NormSpec spec, Shape shape) {
  snprintf(text, NORM_MODULE_TEXT, "GroupNorm(%d, %d)", spec.n, shape.c);
}

const NormKind NORM_GROUP = {
    .forms = {{"group:", "C/N channels of a sample", "Wu and He 2018", 2}},
    .formula = CENTRED_FORMULA,
    .statistics = CENTRED_STATISTICS,
    .unit = NORM_UNIT_CHANNEL,
    .affine = NORM_AFFINE_CHANNEL,
    .is_centred = 1,
    .has_shift = 1,
    .partition = partition_into_groups,
    .module = module,
};
