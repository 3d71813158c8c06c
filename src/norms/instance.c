#include "row.h"

#include <stdio.h>

static void module(char text[NORM_MODULE_TEXT], NormSpec spec, Shape shape) {
  (void)spec;
  snprintf(text, NORM_MODULE_TEXT, "InstanceNorm2d(%d, affine=True)", shape.c);
}

const NormKind NORM_INSTANCE = {
    .forms = {{"instance", "a channel of a sample", "Ulyanov, Vedaldi and Lempitsky 2016", 0}},
    .formula = CENTRED_FORMULA,
    .statistics = CENTRED_STATISTICS,
    .unit = NORM_UNIT_CHANNEL,
    .affine = NORM_AFFINE_CHANNEL,
    .is_centred = 1,
    .has_shift = 1,
    .partition = partition_channels,
    .module = module,
};
