#include "keys/list.h"

static const Key KEYS[] = {
    {"every", KEY_INTERVAL, offsetof(Config, checkpoint.every_steps),
     offsetof(Config, checkpoint.every_seconds), .fallback = "0", .effect = EFFECT_NONE,
     .documentation = "When a checkpoint is written between the ends of epochs, where one always "
                      "is."},
};

const Key CHECKPOINT_SECTION = {
    "checkpoint",           KEY_SECTION,
    .fallback = "",         .keys = KEYS,
    .n_keys = N_KEYS(KEYS), .documentation = "When the state is saved, for a run to go on from."};
