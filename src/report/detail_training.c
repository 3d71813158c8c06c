#include "detail_training.h"

#include "base/memory.h"
#include "store/schema.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ResultField PROBE_FIELDS[PROBE_QUANTITY_COUNT] = {
    [PROBE_WALK_LOSS] = RESULT_PROBE_WALK_LOSS,
    [PROBE_WALK_DISTANCE] = RESULT_PROBE_WALK_DISTANCE,
    [PROBE_SIMILARITY] = RESULT_PROBE_SIMILARITY,
    [PROBE_DEVIATION_BEFORE] = RESULT_PROBE_DEVIATION_BEFORE,
    [PROBE_DEVIATION_AFTER] = RESULT_PROBE_DEVIATION_AFTER,
    [PROBE_GRADIENT_NORM] = RESULT_PROBE_GRADIENT_NORM,
};

/* What stands between two places; `*failed` is set where there is no memory. */
static char *text_between(const char *from, const char *to, int *failed) {
  char *text = strndup(from, (size_t)(to - from));
  *failed |= !text;
  return text;
}

/* "3 block 3x3 pad 1 + skip, batch 4x13x13" */
static Status cut_name(LayerRow *row, const char *name) {
  const char *end = name + strlen(name), *number = strchr(name, ' '), *shape = strrchr(name, ' ');
  int failed = 0;
  row->name = text_between(name, end, &failed);
  if (number && shape > number) {
    const char *operation = number + 1, *comma = strstr(operation, ", ");
    if (comma && comma >= shape) comma = NULL;
    row->number = text_between(name, number, &failed);
    row->operation = text_between(operation, comma ? comma : shape, &failed);
    row->norm = text_between(comma ? comma + 2 : shape, shape, &failed);
    row->shape = text_between(shape + 1, end, &failed);
  }
  return failed ? status_error(STATUS_MEMORY, "no memory for names of layers") : status_ok();
}

/* Adds a tensor "layers.3.norm.weight" to its layer. */
static void count_tensor(Detail *detail, const char *tensor, size_t n) {
  static const char list[] = "layers.", norm[] = "norm.";
  if (strncmp(tensor, list, strlen(list)) != 0) return;
  const char *number = tensor + strlen(list), *dot = strchr(number, '.');
  if (!dot) return;
  size_t digits = (size_t)(dot - number);
  for (size_t i = 0; i < detail->n_layers; i++) {
    LayerRow *row = &detail->layers[i];
    if (!row->number || strlen(row->number) != digits) continue;
    if (strncmp(row->number, number, digits) != 0) continue;
    if (row->n_weights < 0) row->n_weights = row->n_norm = 0;
    *(strncmp(dot + 1, norm, strlen(norm)) == 0 ? &row->n_norm : &row->n_weights) += (int64_t)n;
  }
}

static int is_parameter(const char *path) {
  return result_field_of(path) == RESULT_MODEL_TENSOR;
}

Status detail_add_layers(Detail *detail, const Record *record) {
  static const char model[] = "/model/";
  const Field *names = result_find(record, RESULT_LAYERS_LAYER, NULL);
  size_t n = detail->n_layers;
  if (!names || n == 0 || names->dims[0] != n) return status_ok();
  TRY(memory_allocate(&detail->layers, n, sizeof *detail->layers, "layers"));
  const char *name = names->data;
  for (size_t i = 0; i < n; i++, name += strlen(name) + 1) {
    detail->layers[i] = (LayerRow){.n_weights = -1, .n_norm = -1};
    TRY(cut_name(&detail->layers[i], name));
  }
  for (size_t i = 0; i < record->n; i++) {
    const Field *field = &record->fields[i];
    if (is_parameter(field->path))
      count_tensor(detail, field->path + strlen(model), field_elements(field));
  }
  return status_ok();
}

static Status copy_numbers(double **to, const Field *field) {
  TRY(memory_allocate(to, field_elements(field), sizeof **to, field->path));
  memcpy(*to, field->data, field_bytes(field));
  return status_ok();
}

Status detail_add_steps(Detail *detail, const Run *run, const Record *record) {
  const Field *field = result_find(record, RESULT_STEP_LOSS, NULL);
  if (run->epochs > DETAIL_FEW_EPOCHS || !field || field->dims[0] == 0) return status_ok();
  detail->n_steps = field->dims[0];
  return copy_numbers(&detail->step_loss, field);
}

static int is_walk(int quantity) {
  return quantity == PROBE_WALK_LOSS || quantity == PROBE_WALK_DISTANCE;
}

Status detail_add_probes(Detail *detail, const Record *record) {
  const Field *steps = result_find(record, RESULT_PROBE_NUMBER, NULL);
  const Field *loss = result_find(record, RESULT_PROBE_LOSS, NULL);
  const Field *multiples = result_find(record, RESULT_PROBE_MULTIPLE, NULL);
  if (!steps || steps->dims[0] == 0) return status_ok();
  size_t n = steps->dims[0];
  TRY(memory_allocate(&detail->probe_step, n, sizeof *detail->probe_step, "probes"));
  detail->n_probes = n;
  for (size_t i = 0; i < n; i++) detail->probe_step[i] = (double)((const int64_t *)steps->data)[i];
  if (loss && loss->dims[0] == n) TRY(copy_numbers(&detail->probe_loss, loss));
  if (multiples) detail->n_multiples = multiples->dims[0];
  for (int q = 0; q < PROBE_QUANTITY_COUNT; q++) {
    const Field *field = result_find(record, PROBE_FIELDS[q], NULL);
    size_t wanted = is_walk(q) ? detail->n_multiples : detail->n_layers;
    if (!field || wanted == 0 || field->dims[0] != n || field->dims[1] != wanted) continue;
    TRY(copy_numbers(&detail->probe[q], field));
  }
  return status_ok();
}

void detail_free_training(Detail *detail) {
  for (size_t i = 0; detail->layers && i < detail->n_layers; i++) {
    LayerRow *row = &detail->layers[i];
    char *owned[] = {row->name, row->number, row->operation, row->norm, row->shape};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) free(owned[k]);
  }
  for (int q = 0; q < PROBE_QUANTITY_COUNT; q++) free(detail->probe[q]);
  void *owned[] = {detail->layers, detail->step_loss, detail->probe_step, detail->probe_loss};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}
