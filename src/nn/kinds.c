#include "nn/kinds.h"

#include "builder.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"

#define LAYER(name) extern const LayerKind name;
#include "ops/list.h"
#undef LAYER
#define OPTIMIZER(name) extern const OptimizerKind name;
#include "learn/optimizers/list.h"
#undef OPTIMIZER
#define SCHEDULE(name) extern const ScheduleKind name;
#include "learn/schedules/list.h"
#undef SCHEDULE

static const Kind *const LAYERS[] = {
#define LAYER(name) &name.kind,
#include "ops/list.h"
#undef LAYER
};
static const Kind *const OPTIMIZERS[] = {
#define OPTIMIZER(name) &name.kind,
#include "learn/optimizers/list.h"
#undef OPTIMIZER
};
static const Kind *const SCHEDULES[] = {
#define SCHEDULE(name) &name.kind,
#include "learn/schedules/list.h"
#undef SCHEDULE
};

const Kinds NETWORK_KINDS = {.layers = {LAYERS, N_KEYS(LAYERS)},
                             .optimizers = {OPTIMIZERS, N_KEYS(OPTIMIZERS)},
                             .schedules = {SCHEDULES, N_KEYS(SCHEDULES)}};
