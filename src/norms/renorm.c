#include "row.h"

/* Batch renormalization: batch norm whose values are corrected towards those that the running
 * statistics would give, within limits that widen during the run (include/nn/renorm.h). */
const NormKind NORM_RENORM = {
    .forms = {{"renorm", "over(n,h,w)", "Ioffe 2017", 0},
              {"renorm:", "over(n:N,h,w)", "Ioffe 2017, over N samples", 1}},
    .affine = NORM_AFFINE_CHANNEL,
    .formula = "y = gamma ((x - mean) / sqrt(variance + epsilon) r + d) + beta",
    .statistics = "variance = sum (x - mean)^2 / elements; at first r = 1 and d = 0",
    .is_corrected = 1,
};
