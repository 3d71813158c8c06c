#include "train/model.h"

#include "model_visit.h"
#include "nn/kinds.h"
#include "store/schema.h"
#include <math.h>
#include <stdio.h>

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

PictureFit model_usual_fit(int n_channels) {
  return n_channels == 1 ? FIT_DIGIT : FIT_CROP;
}

/* The first formats do not have it. */
static Status read_fit(PictureFit *fit, int n_channels, const Record *record, const char *file) {
  const char *name = result_text(record, RESULT_DATA_FIT);
  *fit = model_usual_fit(n_channels);
  if (!name || picture_fit_named(fit, name)) return status_ok();
  return status_error(STATUS_DATA, "%s: %s is %.40s, which this program does not know", file,
                      result_row(RESULT_DATA_FIT)->path, name);
}

static size_t count_parameters(const Record *record) {
  size_t n = 0;
  for (size_t i = 0; i < record->n; i++)
    if (result_field_of(record->fields[i].path) == RESULT_MODEL_TENSOR)
      n += field_elements(&record->fields[i]);
  return n;
}

/* What the user has not written is no mistake of his. */
static Status of_file(Status status, const char *file) {
  if (status.code != STATUS_USAGE && status.code != STATUS_DATA) return status;
  return status_error(STATUS_DATA, "%s: its network: %.900s", file, status.text);
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
  TRY(read_fit(&model->fit, model->c, record, file));
  TRY(class_names_read(&model->classes, record));
  TRY(record_get(record, file, result_row(RESULT_DATA_MEAN)->path, FIELD_FLOAT64, (size_t)model->c,
                 model->mean));
  TRY(record_get(record, file, result_row(RESULT_DATA_DEVIATION)->path, FIELD_FLOAT64,
                 (size_t)model->c, model->deviation));
  TRY(of_file(config_parse_stored(&model->config, &NETWORK_KINDS, text, file), file));
  TRY(of_file(network_build_known(&model->network, model->config, model->c, model->h, model->w,
                                  count_parameters(record)),
              file));
  Reading reading = {record, file};
  TRY(model_visit(&model->network, model->network.parameters, "/model/", read_array, &reading));
  if (model_has_population(&model->network, record)) {
    TRY(model_visit_population(&model->network, read_array, &reading));
    model->network.has_population = 1;
  }
  const int64_t n_train = result_integer(record, RESULT_DATA_TRAIN_IMAGES, INT64_MAX);
  model->batch = model->config->training.batch;
  if (n_train > 0 && n_train < model->batch) model->batch = (int)n_train;
  network_pack(&model->network);
  return status_ok();
}

Status model_load_weights(Model *model, Config *config, int c, int h, int w, const char *file,
                          const Record *record) {
  *model = (Model){.config = config, .c = c, .h = h, .w = w, .batch = config->training.batch};
  model->fit = model_usual_fit(c);
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
  class_names_free(&model->classes);
  config_free(model->config);
  *model = (Model){0};
}
