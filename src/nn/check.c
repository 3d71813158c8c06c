#include "op.h"

#include <stdio.h>

static Status check_batch(const Network *network, int n_samples, const char *which) {
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    Status status = op->kind->check ? op->kind->check(network, op, n_samples) : status_ok();
    if (status.code == STATUS_USAGE)
      return config_layer_error(network->config, op->layer, "%s%s", which, status.text);
    TRY(status);
  }
  return status_ok();
}

Status network_check(const Network *network, int n_train) {
  int batch = network->config->training.batch;
  char which[120];
  if (n_train == 0) return check_batch(network, batch, "");
  TRY(check_batch(network, batch < n_train ? batch : n_train, ""));
  int last = n_train % batch;
  if (last == 0 || last == n_train) return status_ok();
  snprintf(which, sizeof which,
           "the last batch of an epoch is %d of %d training images (training.batch: %d): ", last,
           n_train, batch);
  return check_batch(network, last, which);
}

Status network_check_evaluation(const Network *network, int n_samples) {
  const int batch = network->config->training.batch;
  return check_batch(network, n_samples < batch ? n_samples : batch, "");
}
