#ifndef NORMLAB_NN_LEARN_OPTIMIZER_KINDS_H
#define NORMLAB_NN_LEARN_OPTIMIZER_KINDS_H
/* The optimizers' side in the configuration; formulas: nn/optimizer.h. */
#include "config/key.h"

typedef struct SgdSettings {
  double momentum;
  int nesterov;
} SgdSettings;

typedef struct AdamSettings {
  double beta1, beta2, epsilon;
} AdamSettings;

extern const Kind SGD;
extern const Kind ADAM;  /* weight decay as L2, a part of the gradient */
extern const Kind ADAMW; /* weight decay by itself */

#endif
