#include "keys/list.h"

#define AT(member) offsetof(Config, evaluate.member)

/* clang-format off */
static const Key KEYS[] = {
    {"statistics", KEY_WORD, AT(statistics), .fallback = "running", .words = STATISTICS_NAMES,
     .documentation = "What norms that cross samples take their statistics from when they are "
                      "evaluated: the running averages, all training images, or groups of the "
                      "evaluated images as large as in training."},
    {"each_epoch", KEY_SWITCH, AT(each_epoch), .fallback = "false",
     .documentation = "Whether such a network is evaluated by all three after each epoch, and not "
                      "only after the last."},
};
/* clang-format on */

const Key EVALUATE_SECTION = {"evaluate",
                              KEY_SECTION,
                              .fallback = "",
                              .keys = KEYS,
                              .n_keys = N_KEYS(KEYS),
                              .documentation = "How the network is evaluated after an epoch."};
