#ifndef NORMLAB_TESTS_SUPPORT_LAYERS_H
#define NORMLAB_TESTS_SUPPORT_LAYERS_H
/* What a configuration says of a layer, in one struct for all kinds. */
#include "config/config.h"

#include <string.h>

/* What has no meaning for a layer is 0: a key of another kind; norm and dropout of a block whose
 * operation is not in network.order. */
typedef struct LayerSettings {
  int channels, kernel, stride, padding, size, bias, skip;
  double dropout;
  NormSpec norm;
} LayerSettings;

static inline int layer_is(const Config *config, int layer, const char *kind) {
  return strcmp(config->network.layers[layer].kind->name, kind) == 0;
}

static inline int layer_whole(const Config *config, int layer, const char *key) {
  const int *value = config_layer_value(config, layer, key);
  return value ? *value : 0;
}

static inline LayerSettings layer_settings(const Config *config, int layer) {
  const double *dropout = config_layer_value(config, layer, "dropout");
  const NormSpec *norm = config_layer_value(config, layer, "norm");
  return (LayerSettings){.channels = layer_whole(config, layer, "channels"),
                         .kernel = layer_whole(config, layer, "kernel"),
                         .stride = layer_whole(config, layer, "stride"),
                         .padding = layer_whole(config, layer, "padding"),
                         .size = layer_whole(config, layer, "size"),
                         .bias = layer_whole(config, layer, "bias"),
                         .skip = layer_whole(config, layer, "skip"),
                         .dropout = dropout ? *dropout : 0,
                         .norm = norm ? *norm : (NormSpec){0}};
}

#endif
