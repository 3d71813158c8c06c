#include "model_visit.h"

#include "store/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PATH = 160 };

static const char RUNNING_MEAN[] = ".running_mean", RUNNING_VARIANCE[] = ".running_var",
                  BATCHES[] = ".num_batches_tracked";

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
  size_t n = (size_t)running->n_groups;
  snprintf(path, sizeof path, "%s%s%s", prefix, running->prefix, RUNNING_MEAN);
  TRY(visit(context, path, FIELD_FLOAT32, 1, &n, running->mean, NULL));
  snprintf(path, sizeof path, "%s%s%s", prefix, running->prefix, RUNNING_VARIANCE);
  TRY(visit(context, path, FIELD_FLOAT32, 1, &n, running->variance, NULL));
  snprintf(path, sizeof path, "%s%s%s", prefix, running->prefix, BATCHES);
  return visit(context, path, FIELD_INT64, 0, NULL, &running->n_batches, NULL);
}

Status model_visit(Network *network, float *values, const char *prefix, VisitArray visit,
                   void *context) {
  for (int i = -1; i < network->n_tensors; i++) {
    if (i >= 0) TRY(visit_tensor(&network->tensors[i], values, prefix, visit, context));
    for (int r = 0; r < network->n_running; r++)
      if (network->running[r].tensor == i)
        TRY(visit_running(&network->running[r], prefix, visit, context));
  }
  return status_ok();
}

Status model_visit_population(Network *network, VisitArray visit, void *context) {
  for (int r = 0; r < network->n_running; r++) {
    Running *running = &network->running[r];
    char path[PATH];
    size_t n = (size_t)running->n_groups;
    snprintf(path, sizeof path, "/evaluation/population/%s%s", running->prefix, RUNNING_MEAN);
    TRY(visit(context, path, FIELD_FLOAT32, 1, &n, running->population.mean, NULL));
    snprintf(path, sizeof path, "/evaluation/population/%s%s", running->prefix, RUNNING_VARIANCE);
    TRY(visit(context, path, FIELD_FLOAT32, 1, &n, running->population.variance, NULL));
  }
  return status_ok();
}

int model_has_population(const Network *network, const Record *record) {
  return network->n_running > 0 &&
         result_find(record, RESULT_POPULATION_MEAN, network->running[0].prefix);
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

static int ends_with(const char *text, const char *end) {
  size_t length = strlen(text), n = strlen(end);
  return length >= n && strcmp(text + length - n, end) == 0;
}

int model_is_count(const char *path) {
  return ends_with(path, BATCHES);
}

/* "[1, 0, 2]": element i of an array of this shape. */
static const char *place_text(char text[PATH], int n_dims, const size_t *dims, size_t i) {
  size_t index[FIELD_MAX_DIMS] = {0}, used = 0;
  for (int k = n_dims - 1; k >= 0; k--) {
    index[k] = i % dims[k];
    i /= dims[k];
  }
  text[0] = '\0';
  for (int k = 0; k < n_dims && used < PATH; k++)
    used += (size_t)snprintf(text + used, PATH - used, "%s%zu%s", k ? ", " : "[", index[k],
                             k == n_dims - 1 ? "]" : "");
  return text;
}

static Status check_floats(const char *file, const char *name, int n_dims, const size_t *dims,
                           const float *value) {
  char place[PATH];
  size_t n = 1;
  int is_variance = ends_with(name, RUNNING_VARIANCE);
  for (int i = 0; i < n_dims; i++) n *= dims[i];
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(value[i]))
      return status_error(STATUS_DATA,
                          "%s: %s holds a value that is not finite as a float: %s is %g", file,
                          name, place_text(place, n_dims, dims, i), (double)value[i]);
    if (is_variance && value[i] < 0)
      return status_error(STATUS_DATA, "%s: %s holds a variance below 0: %s is %g", file, name,
                          place_text(place, n_dims, dims, i), (double)value[i]);
  }
  return status_ok();
}

Status model_check_array(const char *file, const char *name, FieldType type, int n_dims,
                         const size_t *dims, const void *data) {
  if (type == FIELD_FLOAT32) return check_floats(file, name, n_dims, dims, data);
  if (!model_is_count(name) || *(const int64_t *)data >= 0) return status_ok();
  return status_error(STATUS_DATA, "%s: %s is %lld; a number of batches is at least 0", file, name,
                      (long long)*(const int64_t *)data);
}

Status model_read_array(const Record *record, const char *file, const char *path, FieldType type,
                        int n_dims, const size_t *dims, void *data) {
  size_t n = 1;
  for (int i = 0; i < n_dims; i++) n *= dims[i];
  TRY(record_get(record, file, path, type, n, data));
  return model_check_array(file, path, type, n_dims, dims, data);
}
