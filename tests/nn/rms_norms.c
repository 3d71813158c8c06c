/* The norms of the program, and two that are not centred and have no shift, as a norm with either
 * may be added. The list of the program is in a library, of which the linker takes only what is
 * missing: a test with this file goes through this list. */
#include "support/norm_rows.h"

static Status by_number(int *n_groups, NormSpec spec, Shape shape) {
  (void)shape;
  *n_groups = spec.n;
  return status_ok();
}

static Status by_channel(int *n_groups, NormSpec spec, Shape shape) {
  (void)spec;
  *n_groups = shape.c;
  return status_ok();
}

static int whole_batch(NormSpec spec) {
  (void)spec;
  return 0;
}

static const NormKind RMS_GROUP = {
    .forms = {{"rms-group:", "C/N channels of a sample", "Zhang and Sennrich 2019", 2}},
    .formula = "y = gamma x / sqrt(mean square + epsilon)",
    .statistics = "mean square = sum x^2 / elements",
    .unit = NORM_UNIT_CHANNEL,
    .affine = NORM_AFFINE_CHANNEL,
    .partition = by_number,
};

static const NormKind RMS_BATCH = {
    .forms = {{"rms-batch", "a channel, over all samples of the global batch", "-", 0}},
    .formula = "y = gamma x / sqrt(mean square + epsilon)",
    .statistics = "mean square = sum x^2 / elements",
    .unit = NORM_UNIT_CHANNEL,
    .affine = NORM_AFFINE_CHANNEL,
    .partition = by_channel,
    .batch_group = whole_batch,
};

const NormKind *norm_kind(int i) {
  static const NormKind *const KINDS[] = {
#define NORM(row) &row,
#include "../../src/norms/list.h"
#undef NORM
      &RMS_GROUP, &RMS_BATCH};
  return i < (int)(sizeof KINDS / sizeof *KINDS) ? KINDS[i] : NULL;
}
