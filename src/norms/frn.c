#include "row.h"

/* Filter response normalization and its thresholded linear unit. The threshold is learned and is a
 * part of the norm: it stands directly behind it, also where no ReLU follows; a ReLU that follows
 * in the same block is left out, and dropout acts on what the unit gives. epsilon is that of the
 * network, as for other norms; the paper has 1e-6. The epsilon that the paper learns for maps of
 * one pixel is not there: such maps are refused. */
static double at_first(double x) {
  return x > 0 ? x : 0;
}

const NormKind NORM_FRN = {
    .forms = {{"frn", "over(h,w)", "Singh and Krishnan 2020", 0}},
    .affine = NORM_AFFINE_CHANNEL,
    .formula = "y = max(gamma x / sqrt(mean square + epsilon) + beta, tau)",
    .statistics = "mean square = sum x^2 / elements, root = sqrt(mean square)",
    .is_about_0 = 1,
    .has_threshold = 1,
    .parameter = {"tau", 1, 0, "threshold (tau) of a norm [channel]"},
    .at_first = at_first,
};
