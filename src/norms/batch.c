#include "row.h"

#include <stdio.h>

/* Batch norm: statistics of a channel over the samples of a step, or over n consecutive ones of
 * them whatever ranks they are on (ghost batches). */
static int samples_given(NormSpec spec) {
  return spec.n;
}

static void module(char text[NORM_MODULE_TEXT], NormSpec spec, Shape shape) {
  (void)spec;
  snprintf(text, NORM_MODULE_TEXT, "BatchNorm2d(%d)", shape.c);
}

const NormKind NORM_BATCH = {
    .forms = {{"batch", "a channel, over all samples of the global batch", "Ioffe and Szegedy 2015",
               0},
              {"batch:",
               "a channel, over N consecutive samples of the global batch; a remainder joins the "
               "last group",
               "Hoffer et al. 2017", 1}},
    .formula = CENTRED_FORMULA,
    .statistics = CENTRED_STATISTICS,
    .unit = NORM_UNIT_CHANNEL,
    .affine = NORM_AFFINE_CHANNEL,
    .is_centred = 1,
    .has_shift = 1,
    .partition = partition_channels,
    .batch_group = samples_given,
    .module = module,
};
