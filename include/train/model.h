#ifndef NORMLAB_TRAIN_MODEL_H
#define NORMLAB_TRAIN_MODEL_H
#include "config/config.h"
#include "nn/network.h"
#include "store/record.h"

/* A trained network out of a result file. */
typedef struct Model {
  Config *config;
  Network network;
  int c, h, w; /* of its images */
  double mean[MAX_INPUT_CHANNELS], deviation[MAX_INPUT_CHANNELS];
} Model;

/* STATUS_DATA if the record holds no complete model; file is for messages. Freed by model_free,
 * also after a failure. Not collective. */
Status model_load(Model *model, const Record *record, const char *file) MUST_CHECK;
/* A network of this configuration, which the model owns from now on even after a failure, for
 * images of c x h x w, with weights as model_read_weights reads them. Mean and deviation are those
 * of the configuration: STATUS_USAGE without them. */
Status model_load_weights(Model *model, Config *config, int c, int h, int w, const char *file,
                          const Record *record) MUST_CHECK;
void model_free(Model *model);

/* The values of /model, as floats, to a network of the same names and shapes: from a result file,
 * or from what record_read_hdf5 has read. STATUS_DATA, naming the first array that is missing, of
 * another shape or type, not finite, or of no use to the network. Packs the weights. file is for
 * messages. */
Status model_read_weights(Network *network, const Record *record, const char *file) MUST_CHECK;

#endif
