#ifndef NORMLAB_NN_KINDS_H
#define NORMLAB_NN_KINDS_H
#include "config/key.h"

/* The kinds of layers, optimizers and schedules that there are, for config_read. */
extern const Kinds NETWORK_KINDS;

#endif
