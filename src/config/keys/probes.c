#include "keys/list.h"

#define AT(member) offsetof(Config, probes.member)

/* clang-format off */
static const Key KEYS[] = {
    {"every", KEY_WHOLE, AT(every), .fallback = "0", .range = RANGE_FROM_TO(0, 1000000000),
     .effect = EFFECT_NONE,
     .documentation = "Looks every so many steps, from the first on, before the step is done; 0: "
                      "never. Each look takes the time of a training step, and that of walk."},
    {"walk", KEY_NUMBERS, AT(walk), AT(n_walk), .fallback = "[]", .range = RANGE_ABOVE(0),
     .least = 0, .most = MAX_WALK, .effect = EFFECT_NONE,
     .documentation = "Multiples of the learning rate, as [0.5, 1, 2, 4]: how loss and gradient of "
                      "the batch change that far against its gradient. Each takes the time of a "
                      "training step."},
    {"layers", KEY_SWITCH, AT(layers), .fallback = "false", .effect = EFFECT_NONE,
     .documentation = "Whether to keep of each layer how alike different samples are after its "
                      "norm, the deviation before and after it, and the norm of its gradient. It "
                      "takes the time of another training step."},
};
/* clang-format on */

const Key PROBES_SECTION = {"probes",
                            KEY_SECTION,
                            .fallback = "",
                            .keys = KEYS,
                            .n_keys = N_KEYS(KEYS),
                            .documentation = "What to look at in training, to see how norms work."};
