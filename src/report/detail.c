#include "report/detail.h"

#include "base/memory.h"
#include "detail_training.h"
#include "report/statistics.h"
#include "store/file.h"
#include "store/schema.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ResultField CURVE_FIELDS[CURVE_COUNT] = {
    [CURVE_TEST_ACCURACY] = RESULT_TEST_ACCURACY,
    [CURVE_TEST_LOSS] = RESULT_TEST_LOSS,
    [CURVE_TRAIN_ACCURACY] = RESULT_TRAIN_ACCURACY,
    [CURVE_TRAIN_LOSS] = RESULT_TRAIN_LOSS,
};
static const ResultField LAYER_FIELDS[LAYER_QUANTITY_COUNT] = {
    [LAYER_MEAN_BEFORE] = RESULT_MEAN_BEFORE,
    [LAYER_DEVIATION_BEFORE] = RESULT_DEVIATION_BEFORE,
    [LAYER_MEAN_AFTER] = RESULT_MEAN_AFTER,
    [LAYER_DEVIATION_AFTER] = RESULT_DEVIATION_AFTER,
    [LAYER_GRADIENT_NORM] = RESULT_GRADIENT_NORM,
};

/* NULL unless there is such an array with this first dimension. */
static const Field *find(const Record *record, ResultField number, const char *part, int64_t n) {
  const Field *field = result_find(record, number, part);
  int fits = field && n > 0 && field->dims[0] == (size_t)n && field_elements(field) > 0;
  return fits ? field : NULL;
}

static Status copy(void *to, const Field *field) {
  void **place = to;
  TRY(memory_allocate(place, field_bytes(field), 1, field->path));
  memcpy(*place, field->data, field_bytes(field));
  return status_ok();
}

static Status get_curves(Detail *detail, const Run *run, const Record *record) {
  for (int i = 0; i < CURVE_COUNT; i++) {
    const Field *field = find(record, CURVE_FIELDS[i], NULL, run->epochs);
    if (field) TRY(copy(&detail->curve[i], field));
  }
  for (int i = 0; i < LAYER_QUANTITY_COUNT; i++) {
    const Field *field = find(record, LAYER_FIELDS[i], NULL, run->epochs);
    if (!field || (detail->n_layers && detail->n_layers != field->dims[1])) continue;
    detail->n_layers = field->dims[1];
    TRY(copy(&detail->layer[i], field));
  }
  return status_ok();
}

static Status get_phases(Detail *detail, const Run *run, const Record *record) {
  for (size_t i = 0; i < record->n && detail->n_phases < DETAIL_MAX_PHASES; i++) {
    char name[PHASE_NAME + 1];
    if (!result_matches(RESULT_PHASE_MEAN, record->fields[i].path, name, sizeof name)) continue;
    const Field *field = find(record, RESULT_PHASE_MEAN, name, run->epochs);
    if (!field || strlen(name) >= PHASE_NAME) continue;
    PhaseSeconds *phase = &detail->phases[detail->n_phases++];
    snprintf(phase->name, PHASE_NAME, "%s", name);
    double *sorted;
    TRY(copy(&sorted, field));
    size_t n = 0;
    for (size_t k = 0; k < field->dims[0]; k++)
      if (isfinite(sorted[k])) sorted[n++] = sorted[k];
    phase->seconds = median_of(sorted, n);
    free(sorted);
  }
  return status_ok();
}

static Status get_text(char **text, const Record *record, ResultField field) {
  const char *found = result_text(record, field);
  if (!found) return status_ok();
  *text = strdup(found);
  return *text ? status_ok()
               : status_error(STATUS_MEMORY, "no memory for %s", result_row(field)->path);
}

static Status get_environment(Detail *detail, const Record *record) {
  static const char group[] = "/environment@";
  TRY(memory_allocate(&detail->environment, record->n, sizeof *detail->environment, "environment"));
  for (size_t i = 0; i < record->n; i++) {
    const Field *field = &record->fields[i];
    if (strncmp(field->path, group, strlen(group)) != 0) continue;
    RunKey *key = &detail->environment[detail->n_environment];
    char number[32];
    const char *value = number;
    if (field->type == FIELD_TEXT)
      value = field->data;
    else if (field->type == FIELD_INT64 && field->n_dims == 0)
      snprintf(number, sizeof number, "%" PRId64, *(const int64_t *)field->data);
    else
      continue;
    if (!value || !value[0]) continue;
    detail->n_environment++;
    key->key = strdup(field->path + strlen(group));
    key->value = strdup(value);
    if (!key->key || !key->value) return status_error(STATUS_MEMORY, "no memory for %s", group);
  }
  return status_ok();
}

static Status get_predictions(Detail *detail, const Run *run, const Record *record) {
  const Field *all = find(record, RESULT_PROBABILITY, NULL, (int64_t)run->n_test);
  const Field *loss = find(record, RESULT_IMAGE_LOSS, NULL, (int64_t)run->n_test);
  if (loss) TRY(copy(&detail->loss, loss));
  for (size_t i = 0; loss && i < run->n_test; i++)
    if (!isfinite(detail->loss[i])) detail->loss[i] = HUGE_VAL;
  if (!all) return status_ok();
  size_t n_classes = all->dims[1];
  TRY(memory_allocate(&detail->probability, run->n_test, sizeof(float), "probabilities"));
  for (size_t i = 0; i < run->n_test; i++) {
    int32_t class = run->prediction[i];
    int is_known = class >= 0 && (size_t) class < n_classes;
    detail->probability[i] =
        is_known ? ((const float *)all->data)[i * n_classes + (size_t) class] : (float)NAN;
  }
  return status_ok();
}

/* The set of these images, a new one if no run before has the same. */
static Status find_set(PictureSet **found, int *number, Details *details, const Run *run,
                       const Field *pixels) {
  PictureSet set = {.run = run,
                    .n = run->n_test,
                    .c = (int)pixels->dims[1],
                    .h = (int)pixels->dims[2],
                    .w = (int)pixels->dims[3]};
  for (size_t i = 0; i < details->n_sets; i++) {
    const PictureSet *other = &details->sets[i];
    if (!runs_are_paired(run, other->run)) continue;
    if (set.c != other->c || set.h != other->h || set.w != other->w) continue;
    *number = (int)i;
    *found = &details->sets[i];
    return status_ok();
  }
  TRY(memory_allocate(&set.pixels, set.n, sizeof *set.pixels, "images"));
  *number = (int)details->n_sets++;
  *found = &details->sets[*number];
  **found = set;
  return status_ok();
}

static Status get_pixels(Details *details, Detail *detail, const Run *run, const Record *record) {
  enum { MAX_SIDE = 1024 };
  const Field *index = result_find(record, RESULT_MISCLASSIFIED_INDEX, NULL);
  if (!index || index->dims[0] == 0) return status_ok();
  const Field *pixels = find(record, RESULT_MISCLASSIFIED_PIXELS, NULL, (int64_t)index->dims[0]);
  if (!pixels || (pixels->dims[1] != 1 && pixels->dims[1] != 3)) return status_ok();
  if (pixels->dims[2] > MAX_SIDE || pixels->dims[3] > MAX_SIDE) return status_ok();
  size_t bytes = pixels->dims[1] * pixels->dims[2] * pixels->dims[3];
  PictureSet *set;
  TRY(find_set(&set, &detail->set, details, run, pixels));
  for (size_t i = 0; i < index->dims[0]; i++) {
    int32_t image = ((const int32_t *)index->data)[i];
    if (image < 0 || (size_t)image >= set->n || set->pixels[image]) continue;
    TRY(memory_allocate(&set->pixels[image], bytes, 1, "an image"));
    memcpy(set->pixels[image], (const uint8_t *)pixels->data + i * bytes, bytes);
  }
  return status_ok();
}

Status details_make(Details *details, size_t n) {
  *details = (Details){0};
  TRY(memory_allocate(&details->detail, n, sizeof *details->detail, "details of runs"));
  Status status = memory_allocate(&details->sets, n, sizeof *details->sets, "images");
  if (status.code != STATUS_OK) {
    free(details->detail);
    *details = (Details){0};
    return status;
  }
  details->n = n;
  for (size_t i = 0; i < n; i++) details->detail[i].set = -1;
  return status_ok();
}

Status details_add(Details *details, size_t number, const Run *run, const Record *record) {
  Detail *detail = &details->detail[number];
  TRY(get_environment(detail, record));
  TRY(get_text(&detail->config, record, RESULT_CONFIG_RESOLVED));
  TRY(get_text(&detail->created, record, RESULT_CREATED));
  TRY(get_text(&detail->version, record, RESULT_VERSION));
  TRY(get_text(&detail->command, record, RESULT_COMMAND_LINE));
  if (run->state != RUN_FINISHED) return status_ok();
  detail->n_epochs = (size_t)run->epochs;
  TRY(get_curves(detail, run, record));
  TRY(detail_add_layers(detail, record));
  TRY(detail_add_steps(detail, run, record));
  TRY(detail_add_probes(detail, record));
  TRY(get_phases(detail, run, record));
  TRY(get_predictions(detail, run, record));
  return get_pixels(details, detail, run, record);
}

static void free_detail(Detail *detail) {
  for (int i = 0; i < CURVE_COUNT; i++) free(detail->curve[i]);
  for (int i = 0; i < LAYER_QUANTITY_COUNT; i++) free(detail->layer[i]);
  detail_free_training(detail);
  for (size_t i = 0; i < detail->n_environment; i++) {
    free(detail->environment[i].key);
    free(detail->environment[i].value);
  }
  void *owned[] = {detail->environment, detail->probability, detail->loss,   detail->config,
                   detail->created,     detail->version,     detail->command};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}

void details_free(Details *details) {
  for (size_t i = 0; i < details->n; i++) free_detail(&details->detail[i]);
  for (size_t i = 0; i < details->n_sets; i++) {
    for (size_t k = 0; k < details->sets[i].n; k++) free(details->sets[i].pixels[k]);
    free(details->sets[i].pixels);
  }
  free(details->detail);
  free(details->sets);
  *details = (Details){0};
}

Status details_read(Details *details, size_t number, Run *run, int *takes, const char *file,
                    Statistics statistics, Selection *selection) {
  *run = (Run){0};
  *takes = 1;
  Record record;
  record_init(&record);
  int used_previous;
  Status status = result_read(&record, file, &used_previous);
  if (status.code == STATUS_OK) status = run_from_record_by(run, &record, file, statistics);
  if (status.code == STATUS_OK && selection) status = selection_takes(takes, selection, run);
  if (status.code == STATUS_OK && *takes && details->n > 0)
    status = details_add(details, number, run, &record);
  if (status.code != STATUS_OK) run_free(run);
  record_free(&record);
  return status;
}

const uint8_t *detail_pixels(const Details *details, const Detail *detail, size_t image) {
  if (detail->set < 0) return NULL;
  const PictureSet *set = &details->sets[detail->set];
  return image < set->n ? set->pixels[image] : NULL;
}
