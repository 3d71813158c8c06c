#include "row.h"

/* Group norm by the number of groups. */
const NormKind NORM_GROUP = {
    .forms = {{"group:", "over(c:C/N,h,w)", "Wu and He 2018", 2}},
    .affine = NORM_AFFINE_CHANNEL,
};
