#ifndef NORMLAB_CONFIG_KEYS_LIST_H
#define NORMLAB_CONFIG_KEYS_LIST_H
/* The keys of a configuration, in the order in which they are written. Each section is a file. */
#include "config/config.h"

extern const Key *const CONFIG_KEYS[];
extern const int N_CONFIG_KEYS;

extern const Key NETWORK_SECTION, RENORM_SECTION, DATA_SECTION, AUGMENT_SECTION, TRAINING_SECTION,
    OPTIMIZER_SECTION, SCHEDULE_SECTION, CONV_SECTION, EVALUATE_SECTION, PROBES_SECTION,
    CHECKPOINT_SECTION, WATCHDOG_SECTION;

#endif
