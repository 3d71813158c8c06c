#include "row.h"

const NormKind NORM_INSTANCE = {
    .forms = {{"instance", "over(h,w)", "Ulyanov, Vedaldi and Lempitsky 2016", 0}},
    .affine = NORM_AFFINE_CHANNEL,
};
