#include "keys/list.h"

#define AT(member) offsetof(Config, training.member)

/* clang-format off */
static const Key KEYS[] = {
    {"epochs", KEY_WHOLE, AT(epochs), .fallback = "15", .range = RANGE_FROM_TO(0, 100000),
     .option = {"--epochs", "N",
                "Passes so many times over the train set; 0 writes the initial state."},
     .documentation = "Passes over the train set; 0 writes the initial state."},
    {"steps", KEY_WHOLE, AT(steps), .fallback = "0", .range = RANGE_FROM_TO(0, 1000000000),
     .documentation = "Ends the run after so many steps in all, in the middle of an epoch too; at "
                      "most the steps of all epochs; 0: after all epochs."},
    {"batch", KEY_WHOLE, AT(batch), .fallback = "128", .range = RANGE_FROM_TO(1, 1000000),
     .option = {"--batch", "N", "Takes so many samples a step, over all ranks."},
     .documentation = "Samples of a step, over all ranks."},
    {"label_smoothing", KEY_NUMBER, AT(label_smoothing), .fallback = "0",
     .range = RANGE_FROM_BELOW(0, 1),
     .documentation = "Share of the target that is spread over all classes, in the training loss "
                      "alone."},
    {"ema", KEY_NUMBER, AT(ema), .fallback = "0", .range = RANGE_FROM_BELOW(0, 1),
     .documentation = "Decay, per step, of the average of the weights that is evaluated and "
                      "predicts; 0 for the weights themselves."},
};
/* clang-format on */

const Key TRAINING_SECTION = {"training",
                              KEY_SECTION,
                              .fallback = "",
                              .keys = KEYS,
                              .n_keys = N_KEYS(KEYS),
                              .documentation =
                                  "How long and in what steps the network is trained."};
