#include "nn/kinds.h"

#include "learn/optimizer_kinds.h"
#include "learn/schedule_kinds.h"
#include "nn/layer_kinds.h"

static const Kind *const OPTIMIZERS[] = {&SGD, &ADAM, &ADAMW};
static const Kind *const SCHEDULES[] = {&CONSTANT_RATE, &STEP_RATE, &MULTI_STEP_RATE, &COSINE_RATE,
                                        &ONE_CYCLE_RATE};

const Kinds NETWORK_KINDS = {.layers = {LAYER_KINDS, LAYER_TYPE_COUNT},
                             .optimizers = {OPTIMIZERS, N_KEYS(OPTIMIZERS)},
                             .schedules = {SCHEDULES, N_KEYS(SCHEDULES)}};
