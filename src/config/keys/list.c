#include "keys/list.h"

static const Key NAME = {"name", KEY_NAME, offsetof(Config, name), .effect = EFFECT_NONE,
                         .documentation = "What the run is called."};

static const Key SEED = {
    "seed",
    KEY_SEED,
    offsetof(Config, seed),
    .fallback = "1",
    .effect = EFFECT_REPEATS,
    .option = {"--seed", "N", "Draws weights, order and dropout from this seed."},
    .documentation = "Start of all random numbers: initial weights, order of "
                     "the samples, dropout, augmentation."};

const Key *const CONFIG_KEYS[] = {
    &NAME,
    &SEED,
    &NETWORK_SECTION,
    &RENORM_SECTION,
    &DATA_SECTION,
    &AUGMENT_SECTION,
    &TRAINING_SECTION,
    &OPTIMIZER_SECTION,
    &SCHEDULE_SECTION,
    &CONV_SECTION,
    &EVALUATE_SECTION,
    &PROBES_SECTION,
    &CHECKPOINT_SECTION,
    &WATCHDOG_SECTION,
};
const int N_CONFIG_KEYS = N_KEYS(CONFIG_KEYS);
