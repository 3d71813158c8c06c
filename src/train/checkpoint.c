#include "checkpoint.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/version.h"
#include "dist/dist.h"
#include "evaluation.h"
#include "model_visit.h"
#include "store/schema.h"
#include "train/model.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_VALUES = 64 }; /* of a list in a configuration */

typedef struct Putting {
  Record *record;
  Status status;
} Putting;

/* A number as a number, a list of numbers as an array, a switch as 0 or 1, all else as text. */
static Status put_value(Record *record, const char *path, const ConfigValue *value) {
  KeyType type = value->key->type;
  int is_list = type == KEY_NUMBERS || type == KEY_WHOLES;
  size_t n = value->n > 0 ? (size_t)value->n : 0;
  int64_t whole[MAX_VALUES] = {(int64_t)value->seed};
  BUG_IF(n > MAX_VALUES);
  if (value->n < 0 && (type != KEY_SEED || value->seed > INT64_MAX))
    return result_put_path(record, path, FIELD_TEXT, 0, NULL, value->text, NULL);
  if (type == KEY_NUMBER || type == KEY_NUMBERS)
    return result_put_path(record, path, FIELD_FLOAT64, is_list, &n, value->number, NULL);
  for (size_t i = 0; i < n; i++) whole[i] = (int64_t)value->number[i];
  return result_put_path(record, path, FIELD_INT64, is_list, &n, whole, NULL);
}

static void put_config(void *context, const ConfigValue *value) {
  Putting *putting = context;
  char path[RESULT_PATH];
  if (putting->status.code != STATUS_OK) return;
  result_path(path, sizeof path, RESULT_CONFIG_KEY, value->path);
  putting->status = put_value(putting->record, path, value);
}

static void put_environment(void *context, const char *name, const char *value) {
  Putting *putting = context;
  char path[RESULT_PATH];
  if (putting->status.code != STATUS_OK) return;
  snprintf(path, sizeof path, "/environment@%s", name);
  putting->status = result_put_path(putting->record, path, FIELD_TEXT, 0, NULL, value, NULL);
}

static Status put_configuration(Trainer *trainer) {
  Record *record = &trainer->output.record;
  char *text = NULL;
  TRY(config_text(&text, trainer->config));
  Status status = result_put_text(record, RESULT_CONFIG_RESOLVED, text);
  free(text);
  if (status.code != STATUS_OK) return status;
  TRY(config_canonical_text(&text, trainer->config));
  status = result_put_text(record, RESULT_CONFIG_RESULT, text);
  free(text);
  if (status.code != STATUS_OK) return status;
  Putting putting = {record, status_ok()};
  config_visit(trainer->config, put_config, &putting);
  return putting.status;
}

static Status put_surroundings(Trainer *trainer) {
  Record *record = &trainer->output.record;
  Putting putting = {record, status_ok()};
  environment_visit(put_environment, &putting);
  TRY(putting.status);
  const char *job = getenv("SLURM_JOB_ID");
  TRY(result_put_text(record, RESULT_ENV_SLURM_JOB, job ? job : ""));
  TRY(result_put_text(record, RESULT_ENV_HOSTS, trainer->layout.hosts));
  TRY(result_put_integer(record, RESULT_ENV_RANKS, dist_size()));
  return result_put_integer(record, RESULT_ENV_THREADS, trainer->layout.n_threads);
}

/* Those of the folder as it is now, also of a run that goes on. */
static Status put_class_names(Record *record, const DataSet *data) {
  const char *name[DATA_CLASSES];
  const size_t n = (size_t)data->n_classes;
  if (!data->class_name) {
    record_remove(record, result_row(RESULT_DATA_CLASS)->path);
    return status_ok();
  }
  for (size_t k = 0; k < n; k++) name[k] = data->class_name[k];
  return result_put_texts(record, RESULT_DATA_CLASS, n, name);
}

static Status put_data(Trainer *trainer) {
  const DataSet *data = &trainer->data.set;
  Record *record = &trainer->output.record;
  char hash[DATASET_HASH_TEXT];
  dataset_hash_text(hash, data->hash);
  TRY(result_put_text(record, RESULT_DATA_TITLE, data->title));
  TRY(result_put_text(record, RESULT_DATA_SOURCE, data->source));
  TRY(result_put_text(record, RESULT_DATA_HASH, hash));
  TRY(result_put_text(record, RESULT_DATA_EVALUATED, evaluated_name(&trainer->data)));
  dataset_hash_text(hash, dataset_images_hash(trainer->data.evaluated));
  TRY(result_put_text(record, RESULT_DATA_EVALUATED_HASH, hash));
  size_t n = (size_t)data->train.c;
  TRY(result_put(record, RESULT_DATA_MEAN, &n, trainer->data.mean));
  TRY(result_put(record, RESULT_DATA_DEVIATION, &n, trainer->data.deviation));
  TRY(put_class_names(record, data));
  TRY(result_put_text(record, RESULT_DATA_FIT, PICTURE_FITS[data->fit]));
  TRY(result_put_integer(record, RESULT_DATA_TRAIN_IMAGES, data->train.n));
  TRY(result_put_integer(record, RESULT_DATA_VALIDATION_IMAGES, data->validation.n));
  TRY(result_put_integer(record, RESULT_DATA_TEST_IMAGES, data->test.n));
  TRY(result_put_integer(record, RESULT_DATA_CHANNELS, data->train.c));
  TRY(result_put_integer(record, RESULT_DATA_HEIGHT, data->train.h));
  return result_put_integer(record, RESULT_DATA_WIDTH, data->train.w);
}

static Status put_layer_names(Trainer *trainer, ResultField field) {
  int n;
  const Observation *layers = pass_observations(trainer->pass, &n);
  const char **name;
  if (n == 0) return status_ok();
  TRY(memory_allocate(&name, (size_t)n, sizeof *name, "names of layers"));
  for (int i = 0; i < n; i++) name[i] = layers[i].name;
  Status status = result_put_texts(&trainer->output.record, field, (size_t)n, name);
  free(name);
  return status;
}

/* What stands along the dimensions of probes. */
static Status put_probes(Trainer *trainer) {
  const ProbesConfig *probes = &trainer->config->probes;
  const size_t n = (size_t)probes->n_walk;
  if (probes->every > 0 && probes->layers) TRY(put_layer_names(trainer, RESULT_PROBE_LAYER));
  return probes->every > 0 && n > 0
             ? result_put(&trainer->output.record, RESULT_PROBE_MULTIPLE, &n, probes->walk)
             : status_ok();
}

Status checkpoint_begin(Trainer *trainer) {
  Record *record = &trainer->output.record;
  char now[32];
  time_t seconds = time(NULL);
  struct tm utc;
  strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
  TRY(result_put_text(record, RESULT_FORMAT, "normlab result"));
  TRY(result_put_integer(record, RESULT_FORMAT_VERSION, STORE_FORMAT));
  TRY(result_put_text(record, RESULT_VERSION, version_number()));
  TRY(result_put_text(record, RESULT_COMMAND_LINE, trainer->options->command_line));
  if (!result_text(record, RESULT_CREATED)) TRY(result_put_text(record, RESULT_CREATED, now));
  TRY(put_configuration(trainer));
  TRY(put_surroundings(trainer));
  TRY(put_data(trainer));
  TRY(put_layer_names(trainer, RESULT_LAYERS_LAYER));
  TRY(put_probes(trainer));
  const int way = trainer->learner.network.crosses_samples
                      ? (int)trainer->config->evaluate.statistics
                      : N_STATISTICS;
  TRY(result_put_text(record, RESULT_EVALUATION_USED,
                      way == N_STATISTICS ? "none" : STATISTICS_NAMES[way]));
  return result_put_integer(record, RESULT_MODEL_PARAMETERS,
                            (int64_t)trainer->learner.network.n_parameters);
}

static Status put_misclassified(Trainer *trainer) {
  const ImageSet *test = trainer->data.evaluated;
  const int32_t *prediction = evaluation_used(trainer)->prediction;
  size_t n = 0, pixels = (size_t)test->c * (size_t)test->h * (size_t)test->w;
  for (int i = 0; i < test->n; i++) n += prediction[i] != test->labels[i];
  int32_t *index;
  uint8_t *image;
  TRY(memory_allocate(&index, n, sizeof *index, "misclassified images"));
  Status status = memory_allocate(&image, n * pixels, 1, "misclassified images");
  size_t k = 0;
  for (int i = 0; i < test->n && status.code == STATUS_OK; i++) {
    if (prediction[i] == test->labels[i]) continue;
    index[k] = i;
    memcpy(image + k * pixels, test->pixels + (size_t)i * pixels, pixels);
    k++;
  }
  size_t dims[4] = {n, (size_t)test->c, (size_t)test->h, (size_t)test->w};
  Record *record = &trainer->output.record;
  if (status.code == STATUS_OK)
    status = result_put(record, RESULT_MISCLASSIFIED_INDEX, dims, index);
  if (status.code == STATUS_OK)
    status = result_put(record, RESULT_MISCLASSIFIED_PIXELS, dims, image);
  free(index);
  free(image);
  return status;
}

/* [statistics][image][n_values], or without the last dimension if n_values is 1: an array of each
 * result, at this offset, of values of this size. */
static Status put_all(Trainer *trainer, ResultField field, size_t offset, size_t size,
                      size_t n_values) {
  const size_t n_images = (size_t)trainer->data.evaluated->n, n = n_images * n_values;
  char *all;
  TRY(memory_allocate(&all, N_STATISTICS * n, size, "predictions"));
  for (int way = 0; way < N_STATISTICS; way++) {
    const char *result = (const char *)&trainer->evaluation[way].result;
    memcpy(all + (size_t)way * n * size, *(const void *const *)(result + offset), n * size);
  }
  Status status =
      result_put(&trainer->output.record, field, (size_t[]){N_STATISTICS, n_images, n_values}, all);
  free(all);
  return status;
}

/* What compares one network by all of its statistics, once there are all. */
static Status put_evaluations(Trainer *trainer) {
  for (int way = 0; way < N_STATISTICS; way++)
    if (!trainer->evaluation[way].is_done) return status_ok();
  TRY(result_put_texts(&trainer->output.record, RESULT_EVALUATION_STATISTICS, N_STATISTICS,
                       STATISTICS_NAMES));
  TRY(put_all(trainer, RESULT_EVALUATION_PREDICTION, offsetof(EvaluationResult, prediction),
              sizeof(int32_t), 1));
  TRY(put_all(trainer, RESULT_EVALUATION_PROBABILITY, offsetof(EvaluationResult, probability),
              sizeof(float), (size_t)trainer->learner.network.n_classes));
  return put_all(trainer, RESULT_EVALUATION_LOSS, offsetof(EvaluationResult, sample_loss),
                 sizeof(double), 1);
}

Status checkpoint_epoch(Trainer *trainer) {
  const ImageSet *test = trainer->data.evaluated;
  const EvaluationResult *e = evaluation_used(trainer);
  Record *record = &trainer->output.record;
  size_t n = (size_t)test->n, n_classes = (size_t)trainer->learner.network.n_classes;
  int32_t *label;
  TRY(memory_allocate(&label, n, sizeof *label, "labels"));
  for (size_t i = 0; i < n; i++) label[i] = test->labels[i];
  Status status = result_put(record, RESULT_LABEL, &n, label);
  free(label);
  if (status.code != STATUS_OK) return status;
  TRY(result_put(record, RESULT_PREDICTION, &n, e->prediction));
  TRY(result_put(record, RESULT_PROBABILITY, (size_t[]){n, n_classes}, e->probability));
  TRY(result_put(record, RESULT_IMAGE_LOSS, &n, e->sample_loss));
  TRY(put_evaluations(trainer));
  return put_misclassified(trainer);
}

/* All state of the run, for writing and for reading alike. */
static Status visit_state(Trainer *trainer, VisitArray visit) {
  Position *p = &trainer->position;
  const struct {
    ResultField field;
    int n_dims;
    size_t dims[1];
    int64_t *value;
  } numbers[] = {
      {RESULT_STATE_EPOCH, 0, {0}, &p->epoch},       {RESULT_STATE_STEP, 0, {0}, &p->step},
      {RESULT_STATE_LOSS, 1, {2}, p->loss},          {RESULT_STATE_CORRECT, 0, {0}, &p->correct},
      {RESULT_STATE_SAMPLES, 0, {0}, &p->n_samples},
  };
  TRY(model_visit_training(&trainer->learner.network, &trainer->learner.optimizer,
                           &trainer->learner.average, visit, trainer));
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    TRY(visit(trainer, result_row(numbers[i].field)->path, FIELD_INT64, numbers[i].n_dims,
              numbers[i].dims, numbers[i].value, NULL));
  return status_ok();
}

static Status put_array(void *record, const char *path, FieldType type, int n_dims,
                        const size_t *dims, void *data, const char *detail) {
  return result_put_path(record, path, type, n_dims, dims, data, detail);
}

static Status write_array(void *context, const char *path, FieldType type, int n_dims,
                          const size_t *dims, void *data, const char *detail) {
  Trainer *trainer = context;
  return put_array(&trainer->output.record, path, type, n_dims, dims, data, detail);
}

static Status remove_array(void *context, const char *path, FieldType type, int n_dims,
                           const size_t *dims, void *data, const char *detail) {
  (void)type, (void)n_dims, (void)dims, (void)data, (void)detail;
  Trainer *trainer = context;
  record_remove(&trainer->output.record, path);
  return status_ok();
}

static Status read_array(void *context, const char *path, FieldType type, int n_dims,
                         const size_t *dims, void *data, const char *detail) {
  (void)detail;
  Trainer *trainer = context;
  return model_read_array(&trainer->output.record, trainer->options->out, path, type, n_dims, dims,
                          data);
}

/* The statistics of the population are those of the weights in /model, or there are none. */
static Status put_population(Trainer *trainer) {
  Network *network = &trainer->learner.network;
  return network->has_population ? model_visit_population(network, write_array, trainer)
                                 : model_visit_population(network, remove_array, trainer);
}

/* Where the file has them. */
static Status get_population(Trainer *trainer) {
  Network *network = &trainer->learner.network;
  if (!model_has_population(network, &trainer->output.record)) return status_ok();
  network->has_population = 1;
  return model_visit_population(network, read_array, trainer);
}

Status checkpoint_fill(Trainer *trainer, const char *status) {
  Record *record = &trainer->output.record;
  TRY(visit_state(trainer, write_array));
  TRY(put_population(trainer));
  TRY(history_put(&trainer->output.history, record));
  TRY(result_put_text(record, RESULT_STATUS, status));
  TRY(result_put_integer(record, RESULT_ENV_PEAK_MEMORY, (int64_t)memory_peak()));
  return result_add_scales(record);
}

Status checkpoint_write(Trainer *trainer, const char *status) {
  Record *record = &trainer->output.record;
  pass_mark(trainer->pass, ACTIVITY_WRITE);
  double start = pass_clock();
  TRY(checkpoint_fill(trainer, status));
  TRY(result_write(trainer->output.file, record));
  trainer->output.last_checkpoint = pass_clock();
  trainer->output.steps_since_checkpoint = 0;
  pass_mark(trainer->pass, ACTIVITY_OTHER);
  budget_measure(&trainer->observers.budget, BUDGET_WRITE, trainer->output.last_checkpoint - start);
  return status_ok();
}

static Status check_position(Trainer *trainer) {
  const Position *p = &trainer->position;
  const RunLength *length = &trainer->length;
  History *history = &trainer->output.history;
  const int64_t steps = is_done(trainer) ? length->n_steps : p->epoch * length->per_epoch + p->step;
  int good = p->epoch >= 0 && p->epoch <= length->n_epochs && p->step >= 0 &&
             (p->step == 0 || p->step < run_length_steps(length, p->epoch)) && p->correct >= 0 &&
             p->correct <= p->n_samples && p->n_samples <= trainer->data.set.train.n;
  good = good && trainer->learner.optimizer.n_steps == steps;
  good = good && history_column(history, RESULT_EPOCH_RATE, 0)->n_rows == (size_t)p->epoch &&
         history_column(history, RESULT_STEP_LOSS, 0)->n_rows == (size_t)steps &&
         history_column(history, RESULT_PROBE_LOSS, 0)->n_rows ==
             (size_t)probes_count(&trainer->config->probes, steps);
  if (!good)
    return status_error(STATUS_DATA,
                        "%s: epoch %lld and step %lld do not fit the configuration and the metrics",
                        trainer->options->out, (long long)p->epoch, (long long)p->step);
  return status_ok();
}

Status checkpoint_load(Trainer *trainer) {
  TRY(visit_state(trainer, read_array));
  TRY(get_population(trainer));
  TRY(history_get(&trainer->output.history, &trainer->output.record, trainer->options->out));
  TRY(check_position(trainer));
  network_pack(&trainer->learner.network);
  return status_ok();
}

/* All weights and running statistics, and nothing else. */
static Status hash_weights(char hash[33], Trainer *trainer) {
  Record weights;
  record_init(&weights);
  Status status = model_visit(&trainer->learner.network, trainer->learner.network.parameters,
                              "/model/", put_array, &weights);
  if (status.code == STATUS_OK) record_digest(hash, &weights);
  record_free(&weights);
  return status;
}

Status checkpoint_init(Trainer *trainer) {
  const char *file = trainer->options->init;
  Record weights;
  char hash[33];
  TRY(record_read_hdf5(&weights, file));
  Status status = model_read_weights(&trainer->learner.network, &weights, file);
  record_free(&weights);
  TRY(status);
  TRY(hash_weights(hash, trainer));
  TRY(result_put_text(&trainer->output.record, RESULT_CONFIG_INIT, file));
  return result_put_text(&trainer->output.record, RESULT_CONFIG_INIT_HASH, hash);
}
