#include "training_data.h"

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
  if (n >= set->train.n)
    return config_validation_error(config,
                                   "the train set has only %d images (%s); accepted: 0 to %d",
                                   set->train.n, set->source, set->train.n - 1);
  data->evaluated = &set->validation;
  return dataset_hold_out(set, n);
}

static Status check_channels(const DataSet *set, const Config *config) {
  int n = config->data.n_mean, c = set->train.c;
  if (c > MAX_INPUT_CHANNELS)
    return status_error(STATUS_DATA, "%s: images of %d channels; at most %d", set->source, c,
                        MAX_INPUT_CHANNELS);
  if (n != 0 && n != c)
    return status_error(STATUS_USAGE, "%s: data.mean: %d values for images of %d channels",
                        config->file, n, c);
  return status_ok();
}

Status training_data_prepare(TrainingData *data, const Config *config) {
  const DataSet *set = &data->set;
  TRY(check_channels(set, config));
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
