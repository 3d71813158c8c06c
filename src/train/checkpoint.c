#include "checkpoint.h"

#include "base/memory.h"
#include "base/version.h"
#include "dist/dist.h"
#include "model_visit.h"
#include "nn/kinds.h"
#include "train/model.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RESULT_FORMAT_VERSION = 1 };

typedef struct Putting {
  Record *record;
  Status status;
} Putting;

static void put_attribute(Putting *putting, const char *group, const char *name,
                          const char *value) {
  char path[512];
  if (putting->status.code != STATUS_OK) return;
  snprintf(path, sizeof path, "%s@%s", group, name);
  putting->status = record_put_attribute_text(putting->record, path, value);
}

static void put_config(void *context, const ConfigValue *value) {
  put_attribute(context, "/config", value->path, value->text);
}

static void put_environment(void *context, const char *name, const char *value) {
  put_attribute(context, "/environment", name, value);
}

static Status put_configuration(Trainer *trainer) {
  Record *record = &trainer->output.record;
  char *text = NULL;
  TRY(config_text(&text, trainer->config));
  Status status =
      record_put_text(record, "/config/resolved", text, "the whole configuration, YAML");
  free(text);
  if (status.code != STATUS_OK) return status;
  TRY(config_result_text(&text, trainer->config));
  status = record_put_text(record, "/config/result", text,
                           "the part of the configuration that results depend on, YAML");
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
  const char *job = getenv("SLURM_JOB_ID");
  put_environment(&putting, "slurm_job", job ? job : "");
  put_environment(&putting, "hosts", trainer->layout.hosts);
  TRY(putting.status);
  TRY(record_put_attribute_integer(record, "/environment@ranks", dist_size()));
  return record_put_attribute_integer(record, "/environment@threads", trainer->layout.n_threads);
}

static void hash_text(char text[17], uint64_t hash) {
  snprintf(text, 17, "%016" PRIx64, hash);
}

static Status put_data(Trainer *trainer) {
  const DataSet *data = &trainer->data.set;
  Record *record = &trainer->output.record;
  char hash[17];
  hash_text(hash, data->hash);
  TRY(record_put_attribute_text(record, "/data@title", data->title));
  TRY(record_put_attribute_text(record, "/data@source", data->source));
  TRY(record_put_attribute_text(record, "/data@hash", hash));
  TRY(record_put_attribute_text(record, "/data@evaluated", evaluated_name(&trainer->data)));
  hash_text(hash, dataset_images_hash(trainer->data.evaluated));
  TRY(record_put_attribute_text(record, "/data@evaluated_hash", hash));
  size_t n = (size_t)data->train.c;
  TRY(record_put(record, "/data/mean", FIELD_FLOAT64, 1, &n, trainer->data.mean,
                 "subtracted from the pixels, which are 0 .. 1 [channel]", "1"));
  TRY(record_put(record, "/data/deviation", FIELD_FLOAT64, 1, &n, trainer->data.deviation,
                 "the pixels are then divided by it [channel]", "1"));
  TRY(record_put_attribute_integer(record, "/data@train_images", data->train.n));
  TRY(record_put_attribute_integer(record, "/data@validation_images", data->validation.n));
  TRY(record_put_attribute_integer(record, "/data@test_images", data->test.n));
  TRY(record_put_attribute_integer(record, "/data@channels", data->train.c));
  TRY(record_put_attribute_integer(record, "/data@height", data->train.h));
  return record_put_attribute_integer(record, "/data@width", data->train.w);
}

Status checkpoint_begin(Trainer *trainer) {
  Record *record = &trainer->output.record;
  char now[32];
  time_t seconds = time(NULL);
  struct tm utc;
  strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
  TRY(record_put_attribute_text(record, "/@format", "normlab result"));
  TRY(record_put_attribute_integer(record, "/@format_version", RESULT_FORMAT_VERSION));
  TRY(record_put_attribute_text(record, "/@version", version_number()));
  TRY(record_put_attribute_text(record, "/@command_line", trainer->options->command_line));
  if (!record_find(record, "/@created")) TRY(record_put_attribute_text(record, "/@created", now));
  TRY(put_configuration(trainer));
  TRY(put_surroundings(trainer));
  TRY(put_data(trainer));
  return record_put_attribute_integer(record, "/model@parameters",
                                      (int64_t)trainer->learner.network.n_parameters);
}

static Status put_misclassified(Trainer *trainer) {
  const ImageSet *test = trainer->data.evaluated;
  const int32_t *prediction = trainer->evaluation.prediction;
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
    status = record_put(record, "/predictions/misclassified_index", FIELD_INT32, 1, dims, index,
                        is_validated(&trainer->data)
                            ? "numbers of the misclassified images of the validation split, from 0"
                            : "numbers of the misclassified test images, from 0",
                        "1");
  if (status.code == STATUS_OK)
    status = record_put(record, "/predictions/misclassified_pixels", FIELD_UINT8, 4, dims, image,
                        "their pixels [image][channel][row][column]", "1");
  free(index);
  free(image);
  return status;
}

Status checkpoint_epoch(Trainer *trainer) {
  const ImageSet *test = trainer->data.evaluated;
  const EvaluationResult *e = &trainer->evaluation;
  Record *record = &trainer->output.record;
  size_t n = (size_t)test->n, n_classes = (size_t)trainer->learner.network.n_classes;
  int32_t *label;
  TRY(memory_allocate(&label, n, sizeof *label, "labels"));
  for (size_t i = 0; i < n; i++) label[i] = test->labels[i];
  Status status = record_put(record, "/predictions/label", FIELD_INT32, 1, &n, label,
                             is_validated(&trainer->data)
                                 ? "true class of each image of the validation split, in file order"
                                 : "true class of each test image, in file order",
                             "1");
  free(label);
  if (status.code != STATUS_OK) return status;
  TRY(record_put(record, "/predictions/prediction", FIELD_INT32, 1, &n, e->prediction,
                 "predicted class", "1"));
  TRY(record_put(record, "/predictions/probability", FIELD_FLOAT32, 2, (size_t[]){n, n_classes},
                 e->probability, "softmax of the logits [image][class]", "1"));
  TRY(record_put(record, "/predictions/loss", FIELD_FLOAT64, 1, &n, e->sample_loss,
                 "negative log-likelihood of the true class", "nat"));
  return put_misclassified(trainer);
}

/* All state of the run, for writing and for reading alike. */
static Status visit_state(Trainer *trainer, VisitArray visit) {
  TRY(model_visit_training(&trainer->learner.network, &trainer->learner.optimizer,
                           &trainer->learner.average, visit, trainer));
  Position *p = &trainer->position;
  size_t two = 2;
  TRY(visit(trainer, "/optimizer/epoch", FIELD_INT64, 0, NULL, &p->epoch, "epochs done"));
  TRY(visit(trainer, "/optimizer/step", FIELD_INT64, 0, NULL, &p->step,
            "steps done of the epoch in progress"));
  TRY(visit(trainer, "/optimizer/epoch_loss", FIELD_INT64, 1, &two, p->loss,
            "loss summed over the samples of the epoch in progress: (first 2^48 + second) 2^-50"));
  TRY(visit(trainer, "/optimizer/epoch_correct", FIELD_INT64, 0, NULL, &p->correct,
            "samples classified right in the epoch in progress"));
  return visit(trainer, "/optimizer/epoch_samples", FIELD_INT64, 0, NULL, &p->n_samples,
               "samples of the epoch in progress so far");
}

static Status put_array(void *record, const char *path, FieldType type, int n_dims,
                        const size_t *dims, void *data, const char *description) {
  return record_put(record, path, type, n_dims, dims, data, description, "1");
}

static Status write_array(void *context, const char *path, FieldType type, int n_dims,
                          const size_t *dims, void *data, const char *description) {
  Trainer *trainer = context;
  return put_array(&trainer->output.record, path, type, n_dims, dims, data, description);
}

static Status read_array(void *context, const char *path, FieldType type, int n_dims,
                         const size_t *dims, void *data, const char *description) {
  (void)description;
  Trainer *trainer = context;
  return model_read_array(&trainer->output.record, trainer->options->out, path, type, n_dims, dims,
                          data);
}

Status checkpoint_write(Trainer *trainer, const char *status) {
  Record *record = &trainer->output.record;
  pass_mark(trainer->pass, ACTIVITY_WRITE);
  double start = pass_clock();
  TRY(visit_state(trainer, write_array));
  TRY(history_put(&trainer->output.history, record));
  TRY(record_put_attribute_text(record, "/@status", status));
  TRY(record_put_attribute_integer(record, "/environment@peak_memory_bytes",
                                   (int64_t)memory_peak()));
  TRY(result_write(trainer->output.file, record));
  trainer->output.last_checkpoint = pass_clock();
  trainer->output.steps_since_checkpoint = 0;
  pass_mark(trainer->pass, ACTIVITY_OTHER);
  budget_measure(&trainer->observers.budget, BUDGET_WRITE, trainer->output.last_checkpoint - start);
  return status_ok();
}

static Status check_position(const Trainer *trainer) {
  const Position *p = &trainer->position;
  int64_t n_epochs = trainer->config->training.epochs,
          n_steps = sampler_steps(&trainer->data.sampler);
  const History *history = &trainer->output.history;
  int good = p->epoch >= 0 && p->epoch <= n_epochs && p->step >= 0 && p->step < n_steps &&
             p->correct >= 0 && p->correct <= p->n_samples &&
             p->n_samples <= trainer->data.set.train.n;
  good = good && trainer->learner.optimizer.n_steps == p->epoch * n_steps + p->step;
  good = good && history->column[EPOCH_RATE].n_rows == (size_t)p->epoch &&
         history->column[STEP_LOSS_COLUMN].n_rows == (size_t)(p->epoch * n_steps + p->step);
  if (!good)
    return status_error(STATUS_DATA,
                        "%s: epoch %lld and step %lld do not fit the configuration and the metrics",
                        trainer->options->out, (long long)p->epoch, (long long)p->step);
  return status_ok();
}

Status checkpoint_load(Trainer *trainer) {
  TRY(visit_state(trainer, read_array));
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
  TRY(record_put_attribute_text(&trainer->output.record, "/config@init", file));
  return record_put_attribute_text(&trainer->output.record, "/config@init_hash", hash);
}

Status checkpoint_verify(const Trainer *trainer) {
  const char *file = trainer->options->out;
  const Field *text = record_find(&trainer->output.record, "/config/resolved");
  const Field *hash = record_find(&trainer->output.record, "/data@hash");
  if (!text || text->type != FIELD_TEXT || !hash || hash->type != FIELD_TEXT)
    return status_error(STATUS_DATA, "%s: holds no configuration; it is not a run to resume", file);
  Config *stored = NULL;
  char difference[256], mine[17];
  Status status = config_parse_stored(&stored, &NETWORK_KINDS, text->data, file);
  if (status.code != STATUS_OK)
    return status_error(STATUS_DATA, "%s: its configuration does not read: %.800s", file,
                        status.text);
  int differs = config_difference(difference, sizeof difference, trainer->config, stored);
  config_free(stored);
  if (differs)
    return status_error(STATUS_USAGE,
                        "%s: cannot resume with another configuration: %s; use the same one, or "
                        "another --out",
                        file, difference);
  hash_text(mine, trainer->data.set.hash);
  if (strcmp(mine, hash->data) != 0)
    return status_error(STATUS_USAGE,
                        "%s: cannot resume on other data: it was made on %s, this is %s (%s)", file,
                        (const char *)hash->data, mine, trainer->data.set.source);
  return status_ok();
}
