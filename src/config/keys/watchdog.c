#include "keys/list.h"

/* Short enough to be missed would be an accident. */
#define WATCHDOG_RANGE                                                                             \
  { 0, 1e6, .gap = 1 }

static const Key KEYS[] = {
    {"seconds", KEY_NUMBER, offsetof(Config, watchdog.seconds), .fallback = "300",
     .range = WATCHDOG_RANGE, .effect = EFFECT_NONE,
     .documentation = "A run in which nothing goes on for so long ends itself; 0: never."},
};

const Key WATCHDOG_SECTION = {"watchdog",
                              KEY_SECTION,
                              .fallback = "",
                              .keys = KEYS,
                              .n_keys = N_KEYS(KEYS),
                              .documentation = "The watch over a run that stands still."};
