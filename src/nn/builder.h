#ifndef NORMLAB_NN_BUILDER_H
#define NORMLAB_NN_BUILDER_H
/* Private to nn: from one layer of the configuration to operations and tensors. */
#include "nn/network.h"

Status builder_layer(Network *network, int layer) MUST_CHECK;
void builder_initialize(Network *network);

#endif
