#ifndef NORMLAB_NN_KINDS_H
#define NORMLAB_NN_KINDS_H
#include "config/key.h"

/* All kinds of layers, optimizers and schedules. config_read() takes them to read a configuration.
 */
extern const Kinds NETWORK_KINDS;

#endif
