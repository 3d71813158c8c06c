#include "keys/list.h"

#define AT(member) offsetof(Config, optimizer.member)

static const char *const L1_PARTS[] = {[L1_ON_ALL] = "all", [L1_ON_CONV] = "conv", NULL};

/* clang-format off */
static const Key KEYS[] = {
    {"type", KEY_KIND, AT(kind), AT(settings), .fallback = "sgd",
     .kinds = offsetof(Kinds, optimizers),
     .documentation = "The optimizer, which decides what other keys there are."},
    {"lr", KEY_NUMBER, AT(lr), .fallback = "0.05", .range = RANGE_AT_LEAST(0),
     .documentation = "Learning rate, which the schedule varies."},
    {.type = KEY_KIND_KEYS},
    {"weight_decay", KEY_NUMBER, AT(weight_decay), .fallback = "0", .range = RANGE_AT_LEAST(0),
     .documentation = "How strongly each step draws the weights towards 0."},
    {"decay_norm", KEY_SWITCH, AT(decay_norm), .fallback = "true",
     .documentation = "Whether weight_decay and l1 are for norm parameters and biases too."},
    {"l1", KEY_NUMBER, AT(l1), .fallback = "0", .range = RANGE_AT_LEAST(0),
     .documentation = "Weight of the sum of |w| in the loss."},
    {"l1_on", KEY_WORD, AT(l1_on), .fallback = "all", .words = L1_PARTS,
     .documentation = "What l1 is for: all that decay_norm says, or the weights of convolutions."},
};
/* clang-format on */

const Key OPTIMIZER_SECTION = {"optimizer",
                               KEY_SECTION,
                               .fallback = "",
                               .keys = KEYS,
                               .n_keys = N_KEYS(KEYS),
                               .documentation = "How a gradient changes the weights."};
