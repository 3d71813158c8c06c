#ifndef NORMLAB_TRAIN_TRAINING_DATA_H
#define NORMLAB_TRAIN_TRAINING_DATA_H
#include "base/random.h"
#include "config/config.h"
#include "data/dataset.h"
#include "data/sampler.h"
#include "nn/pass.h"

/* The images of a run: what is trained on and evaluated, in which order, and how pixels become
 * numbers. */
typedef struct TrainingData {
  DataSet set;
  const ImageSet *evaluated; /* the test set, or the validation split; in `set` */
  Sampler sampler;
  double mean[MAX_INPUT_CHANNELS], deviation[MAX_INPUT_CHANNELS]; /* of the pixels, 0 .. 1 */
  float table[MAX_INPUT_CHANNELS * 256];                          /* of dataset_table */
  const AugmentConfig *augment;
  RandomKey augment_key;
} TrainingData;

/* Collective. Loads the folder's images ("synthetic": drawn) and holds the validation split
 * out. `hash` is what dataset_hash_text() makes of the set that is wanted, or NULL. Returns what
 * dataset_load and dataset_hold_out return, STATUS_DATA if the images have another hash, or
 * STATUS_USAGE if the split would leave nothing to train on. */
Status training_data_load(TrainingData *data, const Config *config, const char *folder,
                          const char *hash) MUST_CHECK;
/* After training_data_load: takes mean and deviation, from the configuration where it has them,
 * and prepares table and sampler. STATUS_DATA or STATUS_USAGE where the images' channels do not
 * fit. Not collective. */
Status training_data_prepare(TrainingData *data, const Config *config) MUST_CHECK;
/* Collective. Frees all of it, also after a failure. */
void training_data_free(TrainingData *data);

/* augmentation.c: has the pass vary its training images, if the configuration asks for it. The data
 * and the configuration must outlive the pass. STATUS_USAGE if what moves an image would leave
 * nothing of it. Not collective. */
Status training_data_augment(TrainingData *data, const Config *config, Pass *pass) MUST_CHECK;

/* Whether the validation split is evaluated in place of the test set. */
static inline int is_validated(const TrainingData *data) {
  return data->set.validation.n > 0;
}

/* "validation" or "test". */
static inline const char *evaluated_name(const TrainingData *data) {
  return is_validated(data) ? "validation" : "test";
}

#endif
