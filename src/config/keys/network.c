#include "keys/list.h"

#define AT(member) offsetof(Config, network.member)

static const char *const OPERATIONS[] = {[BLOCK_CONV] = "conv",
                                         [BLOCK_NORM] = "norm",
                                         [BLOCK_DROPOUT] = "dropout",
                                         [BLOCK_RELU] = "relu",
                                         [BLOCK_OP_COUNT] = NULL};

static const char *const WEIGHTS[] = {
    [WEIGHTS_PLAIN] = "plain", [WEIGHTS_STANDARDIZED] = "standardized", NULL};

/* clang-format off */
static const Key LAYER[] = {
    {"type", KEY_KIND, offsetof(LayerConfig, kind), offsetof(LayerConfig, settings),
     .kinds = offsetof(Kinds, layers),
     .documentation = "Kind of the layer, which decides what other keys it has."},
    {.type = KEY_KIND_KEYS},
};

static const Key KEYS[] = {
    {"norm", KEY_NORM, AT(norm), .fallback = "batch",
     .option = {"--norm", "SPEC", "Takes this norm.", norm_spec_accepted},
     .documentation = "Normalization of every block and norm layer that does not name one."},
    {"epsilon", KEY_NUMBER, AT(norm_epsilon), .fallback = "1e-5", .range = RANGE_ABOVE(0),
     .documentation = "Added to the variance before its root is taken."},
    {"momentum", KEY_NUMBER, AT(norm_momentum), .fallback = "0.1", .range = RANGE_FROM_TO(0, 1),
     .documentation = "Weight of the newest batch in the running mean and variance."},
    {"dropout", KEY_NUMBER, AT(dropout), .fallback = "0", .range = RANGE_DROPOUT,
     .documentation = "Probability that a value is set to 0, of every block and dropout layer "
                      "that does not say otherwise."},
    {"order", KEY_WORDS, AT(order), AT(n_order), .fallback = "[conv, norm, dropout, relu]",
     .words = OPERATIONS, .least = 1, .most = BLOCK_OP_COUNT,
     .documentation = "Operations of a block, in their order: conv first, none twice."},
    {"weights", KEY_WORD, AT(weights), .fallback = "plain", .words = WEIGHTS,
     .documentation = "How convolutions use their weights: as they are, or less the mean of their "
                      "filter, over its deviation."},
    {"layers", KEY_LAYERS, AT(layers), AT(n_layers), .least = 1, .most = 1000, .keys = LAYER,
     .n_keys = N_KEYS(LAYER),
     .example = "    - {type: block, channels: 8}\n"
                "    - {type: max-pool}\n"
                "    - {type: block, channels: 16}\n"
                "    - {type: global-avg-pool}\n"
                "    - {type: linear, channels: 10}\n",
     .documentation = "The layers, from the images to one value a class."},
};
/* clang-format on */

const Key NETWORK_SECTION = {"network",
                             KEY_SECTION,
                             .fallback = "",
                             .keys = KEYS,
                             .n_keys = N_KEYS(KEYS),
                             .documentation = "The network."};
