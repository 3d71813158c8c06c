#include "row.h"

/* No norm: y = x. */
const NormKind NORM_NONE = {
    .forms = {{"none", NULL, "-", 0}},
    .affine = NORM_AFFINE_NONE,
    .formula = "y = x",
    .statistics = "",
    .module = "Identity()",
};
