#include "keys/list.h"

#define AT(member) offsetof(Config, schedule.member)

/* clang-format off */
static const Key KEYS[] = {
    {"type", KEY_KIND, AT(kind), AT(settings), .fallback = "constant",
     .kinds = offsetof(Kinds, schedules),
     .documentation = "The schedule, which decides what other keys there are."},
    {.type = KEY_KIND_KEYS},
    {"warmup", KEY_NUMBER, AT(warmup), .fallback = "0", .range = RANGE_AT_LEAST(0),
     .documentation = "Epochs in which the learning rate first rises from lr / 100 to lr."},
};
/* clang-format on */

const Key SCHEDULE_SECTION = {"schedule",
                              KEY_SECTION,
                              .fallback = "",
                              .keys = KEYS,
                              .n_keys = N_KEYS(KEYS),
                              .documentation = "How the learning rate changes during the run."};
