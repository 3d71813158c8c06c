#include "model_visit.h"
#include "train/model.h"

#include "base/log.h"
#include "base/text_buffer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char FOLDER[] = "/model/";
enum { PATH = 200, SHAPE_TEXT = 100, MOST_NAMED = 4 };

/* Some names with their shapes, of which the first few are written out. */
typedef struct Names {
  TextBuffer text;
  size_t n;
} Names;

/* What of a file fits a network. */
typedef struct Reading {
  const Record *record;
  const char *file;
  const char *prefix; /* what all names in the file begin with, and none of the network's; "" */
  size_t prefix_bytes;
  size_t n_found;
  Names missing;
  int n_uncounted; /* norms without num_batches_tracked */
} Reading;

/* "8 x 1 x 3 x 3", of a scalar "a scalar". */
static const char *shape_text(char text[SHAPE_TEXT], int n_dims, const size_t *dims) {
  size_t used = 0;
  snprintf(text, SHAPE_TEXT, "a scalar");
  for (int i = 0; i < n_dims && used < SHAPE_TEXT; i++)
    used += (size_t)snprintf(text + used, SHAPE_TEXT - used, "%s%zu", i ? " x " : "", dims[i]);
  return text;
}

static void names_add(Names *names, const char *name, int n_dims, const size_t *dims) {
  char shape[SHAPE_TEXT];
  if (names->n < MOST_NAMED)
    text_add(&names->text, "%s%.100s (%s)", names->n ? ", " : "", name,
             shape_text(shape, n_dims, dims));
  names->n++;
}

static const char *more_text(char text[40], const Names *names) {
  text[0] = '\0';
  if (names->n > MOST_NAMED) snprintf(text, 40, " and %zu more", names->n - MOST_NAMED);
  return text;
}

/* The name of an array of /model; NULL for anything else. */
static const char *name_of(const Field *field) {
  int is_array = strncmp(field->path, FOLDER, strlen(FOLDER)) == 0 && !strchr(field->path, '@');
  return is_array ? field->path + strlen(FOLDER) : NULL;
}

/* The array of the file that the network has at this path. */
static const Field *find(const Reading *reading, const char *path) {
  char wanted[PATH];
  int n = snprintf(wanted, sizeof wanted, "%s%.*s%s", FOLDER, (int)reading->prefix_bytes,
                   reading->prefix, path + strlen(FOLDER));
  return n < (int)sizeof wanted ? record_find(reading->record, wanted) : NULL;
}

/* Visited for each array of the network: whether it is in the file. */
static Status look(void *context, const char *path, FieldType type, int n_dims, const size_t *dims,
                   void *data, const char *detail) {
  (void)type, (void)data, (void)detail;
  Reading *reading = context;
  if (find(reading, path))
    reading->n_found++;
  else if (model_is_count(path)) /* PyTorch before 0.4.1 does not write it */
    reading->n_uncounted++;
  else
    names_add(&reading->missing, path + strlen(FOLDER), n_dims, dims);
  return status_ok();
}

static Status look_with(Reading *reading, Network *network, const char *prefix, size_t bytes) {
  *reading = (Reading){
      .record = reading->record, .file = reading->file, .prefix = prefix, .prefix_bytes = bytes};
  return model_visit(network, network->parameters, FOLDER, look, reading);
}

static int all_begin_with(const Record *record, const char *prefix, size_t bytes) {
  for (size_t i = 0; i < record->n; i++) {
    const char *name = name_of(&record->fields[i]);
    if (name && strncmp(name, prefix, bytes) != 0) return 0;
  }
  return 1;
}

/* Wrappers such as PyTorch's DataParallel ("module.") and compile ("_orig_mod.") put a word before
 * every name. The shortest beginning of all names, up to a point, with which any fits is taken. */
static Status find_prefix(Reading *reading, Network *network) {
  const Record *record = reading->record;
  const char *first = NULL;
  TRY(look_with(reading, network, "", 0));
  if (reading->n_found > 0) return status_ok();
  for (size_t i = 0; i < record->n && !first; i++) first = name_of(&record->fields[i]);
  const char *point = first ? strchr(first, '.') : NULL;
  for (; point; point = strchr(point + 1, '.')) {
    size_t bytes = (size_t)(point + 1 - first);
    if (!all_begin_with(record, first, bytes)) break;
    TRY(look_with(reading, network, first, bytes));
    if (reading->n_found == 0) continue;
    log_note("%s: every name begins with %.*s, which is taken off", reading->file, (int)bytes,
             first);
    return status_ok();
  }
  return look_with(reading, network, "", 0);
}

/* Whether the network has an array of this path. */
typedef struct Search {
  const char *name;
  int is_found;
} Search;

static Status search(void *context, const char *path, FieldType type, int n_dims,
                     const size_t *dims, void *data, const char *detail) {
  (void)type, (void)n_dims, (void)dims, (void)data, (void)detail;
  Search *wanted = context;
  wanted->is_found |= strcmp(wanted->name, path + strlen(FOLDER)) == 0;
  return status_ok();
}

static Status find_unused(Names *unused, Network *network, const Reading *reading) {
  for (size_t i = 0; i < reading->record->n; i++) {
    const Field *field = &reading->record->fields[i];
    const char *name = name_of(field);
    if (!name) continue;
    Search wanted = {name + reading->prefix_bytes, 0};
    TRY(model_visit(network, network->parameters, FOLDER, search, &wanted));
    if (!wanted.is_found) names_add(unused, wanted.name, field->n_dims, field->dims);
  }
  return status_ok();
}

/* Nothing is missing, and nothing left aside: that would make another network without a word. */
static Status check_names(const Reading *reading, const Names *unused) {
  char more[40], others[40];
  const Names *missing = &reading->missing;
  if (missing->n == 0 && unused->n == 0) return status_ok();
  more_text(more, missing);
  more_text(others, unused);
  if (missing->n == 0)
    return status_error(STATUS_DATA, "%s: not in the network: %s%s", reading->file,
                        unused->text.text, others);
  return status_error(STATUS_DATA, "%s: missing, though in the network: %s%s%s%s%s", reading->file,
                      missing->text.text, more,
                      unused->n ? "; there, but not in the network: " : "",
                      unused->n ? unused->text.text : "", others);
}

static int is_transposed(const Field *field, int n_dims, const size_t *dims) {
  return n_dims >= 2 && field->n_dims >= 2 && field->dims[0] == dims[1] &&
         field->dims[1] == dims[0];
}

static Status check_shape(const Field *field, const Reading *reading, const char *name,
                          FieldType type, int n_dims, const size_t *dims) {
  char wanted[SHAPE_TEXT], found[SHAPE_TEXT];
  int is_float = field->type == FIELD_FLOAT32 || field->type == FIELD_FLOAT64;
  int is_integer = field->type == FIELD_INT32 || field->type == FIELD_INT64;
  shape_text(wanted, n_dims, dims);
  shape_text(found, field->n_dims, field->dims);
  if (strcmp(wanted, found) != 0)
    return status_error(
        STATUS_DATA, "%s: %s is %s; the network's is %s%s", reading->file, name, found, wanted,
        is_transposed(field, n_dims, dims) ? ": transposed? PyTorch's order is outputs x inputs"
                                           : "");
  if (type == FIELD_FLOAT32 ? is_float : is_integer) return status_ok();
  return status_error(STATUS_DATA, "%s: %s does not hold %s", reading->file, name,
                      type == FIELD_FLOAT32 ? "floating-point numbers" : "integers");
}

static Status take(void *context, const char *path, FieldType type, int n_dims, const size_t *dims,
                   void *data, const char *detail) {
  (void)detail;
  const Reading *reading = context;
  const char *name = path + strlen(FOLDER);
  const Field *field = find(reading, path);
  if (!field) return status_ok(); /* a count, which begins at 0 */
  TRY(check_shape(field, reading, name, type, n_dims, dims));
  size_t n = field_elements(field);
  float *floats = data;
  if (type == FIELD_FLOAT32)
    for (size_t i = 0; i < n; i++)
      floats[i] = field->type == FIELD_FLOAT64 ? (float)((const double *)field->data)[i]
                                               : ((const float *)field->data)[i];
  else
    *(int64_t *)data =
        field->type == FIELD_INT64 ? *(const int64_t *)field->data : *(const int32_t *)field->data;
  return model_check_array(reading->file, name, type, n_dims, dims, data);
}

Status model_read_weights(Network *network, const Record *record, const char *file) {
  Reading reading = {.record = record, .file = file};
  Names unused = {.n = 0};
  TRY(find_prefix(&reading, network));
  TRY(find_unused(&unused, network, &reading));
  TRY(check_names(&reading, &unused));
  if (reading.n_uncounted > 0)
    log_note("%s: no num_batches_tracked (of an older PyTorch): batches are counted from 0", file);
  TRY(model_visit(network, network->parameters, FOLDER, take, &reading));
  network_pack(network);
  return status_ok();
}
