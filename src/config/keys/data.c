#include "keys/list.h"

#include <limits.h>

#define AT(member) offsetof(Config, data.member)

/* clang-format off */
static const Key KEYS[] = {
    {"shuffle", KEY_SWITCH, AT(shuffle), .fallback = "true",
     .documentation = "Whether each epoch takes the train set in a new order."},
    {"validation", KEY_WHOLE, AT(validation), .fallback = "0", .range = RANGE_FROM_TO(0, INT_MAX),
     .documentation = "Samples at the end of the train set that are not trained on, but evaluated "
                      "in place of the test set."},
    {"mean", KEY_NUMBERS, AT(mean), AT(n_mean), .fallback = "[]", .range = RANGE_ANY, .least = 0,
     .most = MAX_INPUT_CHANNELS,
     .documentation = "What is taken off the pixels (0 to 1) of each channel; [] for the mean of "
                      "the train set."},
    {"deviation", KEY_NUMBERS, AT(deviation), AT(n_deviation), .fallback = "[]",
     .range = RANGE_ABOVE(0), .least = 0, .most = MAX_INPUT_CHANNELS,
     .documentation = "What the pixels of each channel are then divided by; [] for the standard "
                      "deviation of the train set."},
};
/* clang-format on */

const Key DATA_SECTION = {"data",
                          KEY_SECTION,
                          .fallback = "",
                          .keys = KEYS,
                          .n_keys = N_KEYS(KEYS),
                          .documentation = "How images are read."};
