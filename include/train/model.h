#ifndef NORMLAB_TRAIN_MODEL_H
#define NORMLAB_TRAIN_MODEL_H
/* Trained networks out of files. None of this is collective. */
#include "config/config.h"
#include "data/format.h"
#include "nn/network.h"
#include "store/class_names.h"
#include "store/record.h"

/* A trained network with what it needs to predict. */
typedef struct Model {
  Config *config;
  Network network;
  int c, h, w;                                                    /* of its images */
  double mean[MAX_INPUT_CHANNELS], deviation[MAX_INPUT_CHANNELS]; /* of their pixels, 0 .. 1 */
  PictureFit fit;     /* how pictures become its images, as the data set says */
  ClassNames classes; /* the names of what it tells apart; none: they are not known */
  int batch;          /* samples of the largest batch that it was trained with */
} Model;

/* Builds the network that a result file's record describes, with its weights, running statistics
 * and, where the file has them, statistics of the population (Network.has_population). STATUS_DATA
 * if the record holds no complete model; `file` is for messages. model_free frees it, also after a
 * failure. */
Status model_load(Model *model, const Record *record, const char *file) MUST_CHECK;
/* Builds a network of this configuration for images of c x h x w, with weights as
 * model_read_weights reads them. The model owns the configuration from now on, even after a
 * failure. Mean and deviation are those of the configuration: STATUS_USAGE without them. */
Status model_load_weights(Model *model, Config *config, int c, int h, int w, const char *file,
                          const Record *record) MUST_CHECK;
void model_free(Model *model);
/* Returns how pictures become images of a data set of which nothing more is known: those of one
 * channel are digits as in MNIST. */
PictureFit model_usual_fit(int n_channels);

/* Copies the values of /model, as floats, into a network of the same names and shapes, and packs
 * the weights. The record is that of a result file, or what record_read_hdf5 has read. STATUS_DATA
 * names the first array that is missing, of another shape or type, not finite, or of no use to the
 * network; `file` is for messages. */
Status model_read_weights(Network *network, const Record *record, const char *file) MUST_CHECK;

#endif
