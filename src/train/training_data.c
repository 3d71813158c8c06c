#include "training_data.h"

#include "train/fits.h"

#include <string.h>

static Status check_hash(const DataSet *set, const char *wanted) {
  char hash[DATASET_HASH_TEXT];
  dataset_hash_text(hash, set->hash);
  if (!wanted || strcmp(hash, wanted) == 0) return status_ok();
  return status_error(STATUS_DATA,
                      "--data-hash %.40s: the images of %s are others, of hash %s: they have been "
                      "changed since",
                      wanted, set->source, hash);
}

Status training_data_load(TrainingData *data, const Config *config, const char *folder,
                          const char *hash) {
  DataSet *set = &data->set;
  int n = config->data.validation;
  TRY(dataset_load(set, folder));
  TRY(dist_agree(check_hash(set, hash)));
  data->evaluated = &set->test;
  if (n == 0) return status_ok();
  TRY(fits_split(config, set));
  data->evaluated = &set->validation;
  return dataset_hold_out(set, n);
}

Status training_data_prepare(TrainingData *data, const Config *config) {
  const DataSet *set = &data->set;
  TRY(fits_channels(config, set));
  int given = config->data.n_mean > 0;
  for (int c = 0; c < set->train.c; c++) {
    data->mean[c] = given ? config->data.mean[c] : set->mean[c];
    data->deviation[c] = given ? config->data.deviation[c] : set->deviation[c];
    if (!(data->deviation[c] > 0)) data->deviation[c] = 1; /* all pixels alike */
  }
  dataset_table(data->table, data->mean, data->deviation, set->train.c);
  return sampler_make(&data->sampler, set->train.n, config->training.batch, config->data.shuffle,
                      config->seed);
}

void training_data_free(TrainingData *data) {
  sampler_free(&data->sampler);
  if (data->set.memory.bytes > 0) dataset_free(&data->set);
}
