#include "row.h"

/* Group norm whose groups reach over the samples of a step, too. */
const NormKind NORM_BATCH_GROUP = {
    .forms = {{"batch-group:", "over(n,c:C/N,h,w)", "Zhou et al. 2020", 2}},
    .affine = NORM_AFFINE_CHANNEL,
};
