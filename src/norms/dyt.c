#include "row.h"

#include <math.h>

/* Dynamic tanh: no statistics, one learned slope a layer. */
static double at_first(double x) {
  return tanh(x / 2);
}

const NormKind NORM_DYT = {
    .forms = {{"dyt", NULL, "Zhu et al. 2025", 0}},
    .affine = NORM_AFFINE_CHANNEL,
    .formula = "y = gamma tanh(alpha x) + beta",
    .statistics = "",
    .estimator = NORM_BY_TANH,
    .parameter = {"alpha", 0, 0.5, "slope (alpha) of the tanh of a norm [1]"},
    .at_first = at_first,
};
