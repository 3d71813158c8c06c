#include "nn/average.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

/* Part i of the values of a network: its parameters, then mean and variance in turn. NULL beyond
 * the last one. */
static float *part(const Network *network, int i, size_t *n) {
  if (i == 0) {
    *n = network->n_parameters;
    return network->parameters;
  }
  int r = (i - 1) / 2;
  if (r >= network->n_running) return NULL;
  const Running *running = &network->running[r];
  *n = (size_t)running->n_groups;
  return i % 2 ? running->mean : running->variance;
}

size_t average_bytes(const Network *network) {
  return network->config->training.ema > 0 ? memory_bytes(average_size(network), sizeof(float)) : 0;
}

size_t average_size(const Network *network) {
  size_t n, size = 0;
  for (int i = 0; part(network, i, &n); i++) size += n;
  return size;
}

Status average_make(Average *average, const Network *network) {
  TRY(memory_allocate(&average->values, average_size(network), sizeof(float),
                      "average of weights"));
  average_update(average, network, 0, 0);
  return status_ok();
}

void average_free(Average *average) {
  free(average->values);
  average->values = NULL;
}

void average_update(Average *average, const Network *network, double decay, int64_t n_updates) {
  float *a = average->values;
  const float *w;
  size_t n;
  for (int i = 0; (w = part(network, i, &n)); i++, a += n) {
    if (n_updates == 0) {
      memcpy(a, w, n * sizeof *a);
      continue;
    }
    for (size_t k = 0; k < n; k++) a[k] = (float)(decay * a[k] + (1 - decay) * w[k]);
  }
}

void average_swap(Average *average, Network *network) {
  float *a = average->values, *w;
  size_t n;
  for (int i = 0; (w = part(network, i, &n)); i++, a += n)
    for (size_t k = 0; k < n; k++) {
      float value = a[k];
      a[k] = w[k];
      w[k] = value;
    }
  network_pack(network);
}
