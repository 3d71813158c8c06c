#ifndef NORMLAB_TRAIN_MODEL_H
#define NORMLAB_TRAIN_MODEL_H
#include "base/config.h"
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
void model_free(Model *model);

#endif
