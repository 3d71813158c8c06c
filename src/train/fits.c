#include "train/fits.h"

#include "config/run_length.h"
#include "data/augment.h"

Status fits_split(const Config *config, const DataSet *set) {
  if (config->data.validation < set->train.n) return status_ok();
  return config_validation_error(config, "the train set has only %d images (%s); accepted: 0 to %d",
                                 set->train.n, set->source, set->train.n - 1);
}

Status fits_channels(const Config *config, const DataSet *set) {
  int n = config->data.n_mean, c = set->train.c;
  if (c > MAX_INPUT_CHANNELS)
    return status_error(STATUS_DATA, "%s: images of %d channels; at most %d", set->source, c,
                        MAX_INPUT_CHANNELS);
  if (n != 0 && n != c)
    return status_error(STATUS_USAGE, "%s: data.mean: %d values for images of %d channels",
                        config->file, n, c);
  return status_ok();
}

Status fits_augmentation(const Config *config, const DataSet *set) {
  const AugmentConfig *augment = &config->augment;
  const int h = set->train.h, w = set->train.w, smaller = h < w ? h : w;
  if (!augment_wanted(augment)) return status_ok();
  if (augment->crop < smaller && augment->shift < smaller) return status_ok();
  int is_crop = augment->crop >= smaller;
  return status_error(STATUS_USAGE,
                      "%s: augment.%s: %g, but images are of %d x %d; accepted: below %d",
                      config->file, is_crop ? "crop" : "shift",
                      is_crop ? augment->crop : augment->shift, h, w, smaller);
}

Status fits_network(const Network *network, const DataSet *set) {
  const Config *config = network->config;
  TRY(network_check(network, set->train.n));
  if (network->n_classes >= set->n_classes) return status_ok();
  return config_layer_error(config, config->network.n_layers - 1,
                            "the network has %d outputs, the data %d classes", network->n_classes,
                            set->n_classes);
}

Status fits_all(const Config *config, const DataSet *set) {
  Network network;
  DataSet left = *set;
  TRY(fits_split(config, set));
  left.train.n -= config->data.validation;
  TRY(run_length_check(config, left.train.n));
  TRY(fits_channels(config, set));
  TRY(network_build(&network, config, set->train.c, set->train.h, set->train.w));
  Status status = fits_network(&network, &left);
  network_free(&network);
  return status.code == STATUS_OK ? fits_augmentation(config, set) : status;
}
