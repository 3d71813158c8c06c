#include "row.h"

/* Batch norm: statistics of a channel over the samples of a step, or over N consecutive ones of
 * them whatever ranks they are on (ghost batches). */
const NormKind NORM_BATCH = {
    .forms = {{"batch", "over(n,h,w)", "Ioffe and Szegedy 2015", 0},
              {"batch:", "over(n:N,h,w)", "Hoffer et al. 2017", 1}},
    .affine = NORM_AFFINE_CHANNEL,
};
