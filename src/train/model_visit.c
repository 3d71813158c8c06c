#include "model_visit.h"

#include <math.h>
#include <stdio.h>

enum { PATH = 160 };

static Status visit_tensor(const Tensor *tensor, float *values, const char *prefix,
                           VisitArray visit, void *context) {
  char path[PATH];
  size_t dims[4];
  for (int k = 0; k < tensor->n_dims; k++) dims[k] = (size_t)tensor->dims[k];
  snprintf(path, sizeof path, "%s%s", prefix, tensor->name);
  return visit(context, path, FIELD_FLOAT32, tensor->n_dims, dims, values + tensor->offset,
               tensor->description);
}

Status model_visit_tensors(Network *network, float *values, const char *prefix, VisitArray visit,
                           void *context) {
  for (int i = 0; i < network->n_tensors; i++)
    TRY(visit_tensor(&network->tensors[i], values, prefix, visit, context));
  return status_ok();
}

static Status visit_running(Running *running, const char *prefix, VisitArray visit, void *context) {
  char path[PATH];
  size_t n = (size_t)running->channels;
  snprintf(path, sizeof path, "%s%s.running_mean", prefix, running->prefix);
  TRY(visit(context, path, FIELD_FLOAT32, 1, &n, running->mean, NULL));
  snprintf(path, sizeof path, "%s%s.running_var", prefix, running->prefix);
  TRY(visit(context, path, FIELD_FLOAT32, 1, &n, running->variance, NULL));
  snprintf(path, sizeof path, "%s%s.num_batches_tracked", prefix, running->prefix);
  return visit(context, path, FIELD_INT64, 0, NULL, &running->n_batches, NULL);
}

Status model_visit(Network *network, float *values, const char *prefix, VisitArray visit,
                   void *context) {
  for (int i = 0; i < network->n_tensors; i++) {
    TRY(visit_tensor(&network->tensors[i], values, prefix, visit, context));
    for (int r = 0; r < network->n_running; r++)
      if (network->running[r].tensor == i)
        TRY(visit_running(&network->running[r], prefix, visit, context));
  }
  return status_ok();
}

Status model_visit_training(Network *network, Optimizer *optimizer, Average *average,
                            VisitArray visit, void *context) {
  int is_averaged = average->values != NULL;
  if (is_averaged) average_swap(average, network);
  Status status = model_visit(network, network->parameters, "/model/", visit, context);
  if (is_averaged) average_swap(average, network);
  TRY(status);
  if (is_averaged)
    TRY(model_visit(network, network->parameters, "/optimizer/weights/", visit, context));
  for (int i = 0; i < OPTIMIZER_STATES && optimizer->state[i]; i++) {
    char prefix[PATH];
    snprintf(prefix, sizeof prefix, "/optimizer/%s/", optimizer->kind->state[i].name);
    TRY(model_visit_tensors(network, optimizer->state[i], prefix, visit, context));
  }
  return visit(context, "/optimizer/updates", FIELD_INT64, 0, NULL, &optimizer->n_steps, NULL);
}

Status model_read_array(const Record *record, const char *file, const char *path, FieldType type,
                        int n_dims, const size_t *dims, void *data) {
  size_t n = 1;
  for (int i = 0; i < n_dims; i++) n *= dims[i];
  TRY(record_get(record, file, path, type, n, data));
  const float *value = data;
  for (size_t i = 0; type == FIELD_FLOAT32 && i < n; i++)
    if (!isfinite(value[i]))
      return status_error(STATUS_DATA, "%s: %s holds a value that is not finite", file, path);
  return status_ok();
}
