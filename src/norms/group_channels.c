#include "row.h"

/* Group norm by the channels of a group. */
const NormKind NORM_GROUP_CHANNELS = {
    .forms = {{"group:c/", "over(c:N,h,w)", "Wu and He 2018", 2}},
    .affine = NORM_AFFINE_CHANNEL,
};
