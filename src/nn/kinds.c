#include "nn/kinds.h"

#include "builder.h"
#include "learn/optimizer_kinds.h"
#include "learn/schedule_kinds.h"

#define LAYER(name) extern const LayerKind name;
#include "ops/list.h"
#undef LAYER

static const Kind *const LAYERS[] = {
#define LAYER(name) &name.kind,
#include "ops/list.h"
#undef LAYER
};
static const Kind *const OPTIMIZERS[] = {&SGD, &ADAM, &ADAMW};
static const Kind *const SCHEDULES[] = {&CONSTANT_RATE, &STEP_RATE, &MULTI_STEP_RATE, &COSINE_RATE,
                                        &ONE_CYCLE_RATE};

const Kinds NETWORK_KINDS = {.layers = {LAYERS, N_KEYS(LAYERS)},
                             .optimizers = {OPTIMIZERS, N_KEYS(OPTIMIZERS)},
                             .schedules = {SCHEDULES, N_KEYS(SCHEDULES)}};
