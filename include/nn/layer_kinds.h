#ifndef NORMLAB_NN_LAYER_KINDS_H
#define NORMLAB_NN_LAYER_KINDS_H
/* The kinds of layers and what their keys set. */
#include "config/config.h"

typedef enum LayerType {
  LAYER_BLOCK, /* a convolution and what network.order says, in that order */
  LAYER_CONV,
  LAYER_NORM,
  LAYER_RELU,
  LAYER_DROPOUT,
  LAYER_MAX_POOL,
  LAYER_AVG_POOL,
  LAYER_GLOBAL_AVG_POOL,
  LAYER_LINEAR, /* on flattened input */
  LAYER_TYPE_COUNT
} LayerType;

/* What has no meaning for a layer is 0 (NORM_NONE): a key of another kind; norm and dropout of a
 * block whose operation is not in network.order. */
typedef struct LayerSettings {
  int channels;   /* block, conv: output channels; linear: output features */
  int kernel;     /* block, conv */
  int stride;     /* block, conv, pools */
  int padding;    /* block, conv */
  int size;       /* max-pool, avg-pool: window */
  int bias;       /* block, conv, linear */
  int skip;       /* block, conv: x + layer(x) */
  double dropout; /* dropout, block: probability */
  NormSpec norm;  /* block, norm */
} LayerSettings;

/* In the order in which they are listed to the user, which is that of LayerType. */
extern const Kind *const LAYER_KINDS[LAYER_TYPE_COUNT];

/* Returns the settings of layer i, and its type. */
const LayerSettings *layer_settings(const Config *config, int i);
LayerType layer_type(const Config *config, int i);

#endif
