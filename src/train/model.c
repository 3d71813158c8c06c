#include "train/model.h"

#include "model_visit.h"
#include "nn/kinds.h"
#include "store/schema.h"
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

typedef struct Reading {
  const Record *record;
  const char *file;
} Reading;

static Status read_array(void *context, const char *path, FieldType type, int n_dims,
                         const size_t *dims, void *data, const char *detail) {
  (void)detail;
  const Reading *reading = context;
  return model_read_array(reading->record, reading->file, path, type, n_dims, dims, data);
}

static Status read_size(int *size, const Record *record, const char *file, ResultField field) {
  const char *path = result_row(field)->path;
  int64_t value;
  TRY(record_get(record, file, path, FIELD_INT64, 1, &value));
  if (value < 1 || value > 4096)
    return status_error(STATUS_DATA, "%s: %s is %lld; expected 1 to 4096", file, path,
                        (long long)value);
  *size = (int)value;
  return status_ok();
}

Status model_load(Model *model, const Record *record, const char *file) {
  *model = (Model){0};
  const char *text = result_text(record, RESULT_CONFIG_RESOLVED);
  if (!text)
    return status_error(STATUS_DATA, "%s: holds no configuration (%s)", file,
                        result_row(RESULT_CONFIG_RESOLVED)->path);
  TRY(read_size(&model->c, record, file, RESULT_DATA_CHANNELS));
  TRY(read_size(&model->h, record, file, RESULT_DATA_HEIGHT));
  TRY(read_size(&model->w, record, file, RESULT_DATA_WIDTH));
  if (model->c > MAX_INPUT_CHANNELS)
    return status_error(STATUS_DATA, "%s: images of %d channels", file, model->c);
  TRY(record_get(record, file, result_row(RESULT_DATA_MEAN)->path, FIELD_FLOAT64, (size_t)model->c,
                 model->mean));
  TRY(record_get(record, file, result_row(RESULT_DATA_DEVIATION)->path, FIELD_FLOAT64,
                 (size_t)model->c, model->deviation));
  TRY(config_parse_stored(&model->config, &NETWORK_KINDS, text, file));
  TRY(network_build(&model->network, model->config, model->c, model->h, model->w));
  Reading reading = {record, file};
  TRY(model_visit(&model->network, model->network.parameters, "/model/", read_array, &reading));
  network_pack(&model->network);
  return status_ok();
}

Status model_load_weights(Model *model, Config *config, int c, int h, int w, const char *file,
                          const Record *record) {
  *model = (Model){.config = config, .c = c, .h = h, .w = w};
  if (config->data.n_mean != c)
    return status_error(STATUS_USAGE,
                        "%s: data.mean and data.deviation need %d value%s each: %s has none of its "
                        "own, and pixels are to be normalized as in its training",
                        config->file, c, c > 1 ? "s" : "", file);
  for (int i = 0; i < c; i++) {
    model->mean[i] = config->data.mean[i];
    model->deviation[i] = config->data.deviation[i];
  }
  TRY(network_build(&model->network, config, c, h, w));
  return model_read_weights(&model->network, record, file);
}

void model_free(Model *model) {
  network_free(&model->network);
  config_free(model->config);
  *model = (Model){0};
}
