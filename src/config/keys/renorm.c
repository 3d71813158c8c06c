#include "keys/list.h"

#define AT(member) offsetof(Config, renorm.member)

/* clang-format off */
static const Key KEYS[] = {
    {"r_max", KEY_NUMBER, AT(r_max), .fallback = "3", .needs = NEEDS_CORRECTED_NORM,
     .range = RANGE_AT_LEAST(1),
     .documentation = "How many times the deviation may differ from the running one, in the end."},
    {"d_max", KEY_NUMBER, AT(d_max), .fallback = "5", .needs = NEEDS_CORRECTED_NORM,
     .range = RANGE_AT_LEAST(0),
     .documentation = "How far the mean may be from the running one, in deviations, in the end."},
    {"begin", KEY_NUMBER, AT(begin), .fallback = "5000", .needs = NEEDS_CORRECTED_NORM,
     .range = RANGE_AT_LEAST(0),
     .documentation = "Step until which renorm is batch norm; below 1 a share of the run: a run of "
                      "fewer steps never gets further."},
    {"r_end", KEY_NUMBER, AT(r_end), .fallback = "40000", .needs = NEEDS_CORRECTED_NORM,
     .range = RANGE_AT_LEAST(0),
     .documentation = "Step at which r_max is reached; below 1 a share of the run."},
    {"d_end", KEY_NUMBER, AT(d_end), .fallback = "25000", .needs = NEEDS_CORRECTED_NORM,
     .range = RANGE_AT_LEAST(0),
     .documentation = "Step at which d_max is reached; below 1 a share of the run."},
};
/* clang-format on */

const Key RENORM_SECTION = {"renorm",
                            KEY_SECTION,
                            .fallback = "",
                            .keys = KEYS,
                            .n_keys = N_KEYS(KEYS),
                            .documentation =
                                "How the norms renorm and renorm:N widen their correction. Without "
                                "such a norm these keys have no effect."};
