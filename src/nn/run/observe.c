#include "observe.h"

#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int is_observed(const Op *op) {
  return op->weight >= 0 || op->kind->norm;
}

void layer_name(char name[OBSERVATION_NAME], const Network *network, const Op *last) {
  const LayerConfig *layer = &network->config->network.layers[last->layer];
  char title[64], spec[NORM_SPEC_TEXT] = "";
  Shape out = op_out(network, last);
  layer_kind(layer)->title(layer->settings, title, sizeof title);
  if (last->kind->norm) norm_spec_text(spec, last->kind->norm(last));
  snprintf(name, OBSERVATION_NAME, "%d %s%s%s %dx%dx%d", last->layer, title, *spec ? ", " : "",
           spec, out.c, out.h, out.w);
}

Status observer_make(Observer *observer, const Network *network) {
  size_t n_layers = (size_t)network->config->network.n_layers;
  TRY(memory_allocate(&observer->layers, n_layers, sizeof(Observation), "observations"));
  TRY(memory_allocate(&observer->layer_of, (size_t)network->n_ops, sizeof(int), "observations"));
  const Op *last = NULL;
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    observer->layer_of[i] = -1;
    if (!is_observed(op)) continue;
    if (last && last->layer == op->layer) {
      observer->layer_of[last->number] = -1;
    } else {
      Observation *observation = &observer->layers[observer->n++];
      observation->layer = op->layer;
    }
    observer->layer_of[i] = observer->n - 1;
    layer_name(observer->layers[observer->n - 1].name, network, op);
    last = op;
  }
  return status_ok();
}

void observer_free(Observer *observer) {
  free(observer->layers);
  free(observer->layer_of);
}

static void take(double *mean, double *deviation, const ExactSum *sum, double n) {
  *mean = exact_value(sum[0]) / n;
  double variance = exact_value(sum[1]) / n - *mean * *mean;
  *deviation = variance > 0 ? sqrt(variance) : 0;
}

void observer_take(Observer *observer, const Network *network, const ExactSum *sums, int count) {
  for (int i = 0; i < network->n_ops; i++) {
    int number = observer->layer_of[i];
    if (number < 0) continue;
    Shape shape = op_out(network, &network->ops[i]);
    double elements = (double)shape.c * shape.h * shape.w * count;
    const ExactSum *sum = sums + (size_t)number * N_OBSERVED_SUMS;
    Observation *o = &observer->layers[number];
    take(&o->mean_before, &o->deviation_before, sum + BEFORE, elements);
    take(&o->mean_after, &o->deviation_after, sum + AFTER, elements);
  }
}
