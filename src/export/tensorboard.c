/* Event files: records of tensorflow/core/lib/io/record_writer.h, each a message Event of
 * tensorflow/core/util/event.proto. */
#include "base/utf8.h"
#include "exporters.h"
#include "protobuf.h"
#include "runs.h"
#include "store/replace.h"
#include "store/schema.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { EVENT_TIME = 1, EVENT_STEP, EVENT_VERSION, EVENT_SUMMARY = 5 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_NUMBER };

typedef struct Events {
  const ExportJob *job;
  const char *folder;
  Message file;
  char *path;      /* of the file, owned */
  double begun;    /* seconds since 1970 */
  int64_t n_steps; /* of all epochs, 0: not known */
  int64_t n_epochs;
} Events;

/* CRC-32C (Castagnoli), reflected, bit by bit: event files are short. */
static uint32_t crc32c(const unsigned char *bytes, size_t n) {
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < n; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

static void put_little(Message *file, uint64_t value, int n) {
  unsigned char bytes[8];
  for (int i = 0; i < n; i++) bytes[i] = (unsigned char)(value >> 8 * i);
  message_append(file, bytes, (size_t)n);
}

static void put_check(Message *file, const void *bytes, size_t n) {
  const uint32_t crc = crc32c(bytes, n);
  put_little(file, (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8), 4);
}

/* A record: length, its check sum, the event, its check sum. */
static void put_event(Message *file, Message *event) {
  const size_t at = file->n;
  file->is_broken |= event->is_broken;
  put_little(file, event->n, 8);
  if (!file->is_broken) put_check(file, file->bytes + at, 8);
  message_append(file, event->bytes, event->n);
  if (!file->is_broken) put_check(file, event->bytes, event->n);
  message_free(event);
}

static double seconds_of(const char *created) {
  struct tm time = {0};
  if (!created || !strptime(created, "%Y-%m-%dT%H:%M:%SZ", &time)) return 0;
  return (double)timegm(&time);
}

/* The folder of a run: the name of its file, without folders and .h5; a later one of the same name
 * has its number behind it. */
static Status name_folder(Events *events, size_t number, const char *file, char **folder) {
  size_t n_before = 0;
  const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
  for (size_t i = 0; i < number; i++) {
    const char *other = strrchr(events->job->files[i], '/');
    n_before += strcmp(other ? other + 1 : events->job->files[i], name) == 0;
  }
  size_t length = strlen(name);
  if (length > 3 && strcmp(name + length - 3, ".h5") == 0) length -= 3;
  char behind[24] = "";
  if (n_before > 0) snprintf(behind, sizeof behind, "-%zu", n_before + 1);
  if (asprintf(folder, "%s/%.*s%s", events->folder, (int)length, name, behind) < 0) {
    *folder = NULL;
    return status_error(STATUS_MEMORY, "%s: no memory for names", events->folder);
  }
  return status_ok();
}

static Status make_folder(const char *folder) {
  if (mkdir(folder, 0777) == 0 || errno == EEXIST) return status_ok();
  return status_errno(STATUS_FILE, errno, "%s: cannot be made", folder);
}

/* A text "data/classes", a line a class, as TensorBoard shows it under TEXT. */
static void put_class_names(Events *events, const ClassNames *names) {
  enum { VALUE_TENSOR = 8, VALUE_METADATA, PLUGIN_DATA = 1, PLUGIN_NAME = 1 };
  enum { TENSOR_TYPE = 1, TENSOR_SHAPE, TENSOR_STRING = 8, OF_STRING = 7 };
  Message event = {0}, summary = {0}, value = {0}, tensor = {0}, metadata = {0}, plugin = {0};
  Message shape = {0};
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  for (int k = 0; out && k < names->n; k++) {
    fprintf(out, "    %d ", k); /* Markdown shows an indented line as it is */
    utf8_print(out, names->name[k]);
    fputc('\n', out);
  }
  if (!out || fclose(out) != 0) events->file.is_broken = 1;
  message_integer(&tensor, TENSOR_TYPE, OF_STRING);
  message_put(&tensor, TENSOR_SHAPE, &shape);
  message_text(&tensor, TENSOR_STRING, text ? text : "");
  message_text(&plugin, PLUGIN_NAME, "text");
  message_put(&metadata, PLUGIN_DATA, &plugin);
  message_text(&value, VALUE_TAG, "data/classes");
  message_put(&value, VALUE_TENSOR, &tensor);
  message_put(&value, VALUE_METADATA, &metadata);
  message_put(&summary, SUMMARY_VALUE, &value);
  message_double(&event, EVENT_TIME, events->begun);
  message_put(&event, EVENT_SUMMARY, &summary);
  put_event(&events->file, &event);
  free(text);
}

static Status begin(void *context, size_t number, const Run *run, const Record *record) {
  Events *events = context;
  char *folder = NULL;
  const Field *step = result_find(record, RESULT_STEP_NUMBER, NULL);
  events->n_epochs = run->epochs;
  events->n_steps = step ? (int64_t)step->dims[0] : 0;
  events->begun = seconds_of(result_text(record, RESULT_CREATED));
  TRY(name_folder(events, number, run->file, &folder));
  Status status = make_folder(folder);
  /* The name begins as TensorBoard looks for it; it is the same at every export. */
  if (status.code == STATUS_OK &&
      asprintf(&events->path, "%s/events.out.tfevents.%.0f.normlab", folder, events->begun) < 0) {
    events->path = NULL;
    status = status_error(STATUS_MEMORY, "%s: no memory for names", folder);
  }
  free(folder);
  Message event = {0};
  message_double(&event, EVENT_TIME, events->begun);
  message_text(&event, EVENT_VERSION, "brain.Event:2");
  put_event(&events->file, &event);
  if (run->classes.n > 0) put_class_names(events, &run->classes);
  return status;
}

/* Epochs stand at their last step, so that they and the steps have one axis. */
static int64_t step_of(const Events *events, const Series *series, size_t i) {
  const int64_t at = series->at ? series->at[i] : (int64_t)i + 1;
  if (strcmp(series->unit, "epoch") != 0 || events->n_epochs < 1) return at;
  return events->n_steps >= events->n_epochs ? at * (events->n_steps / events->n_epochs) : at;
}

static Status take(void *context, const Series *series) {
  Events *events = context;
  char tag[RUN_TEXT];
  snprintf(tag, sizeof tag, "%s/%s", series->unit, series->quantity);
  for (size_t i = 0; i < series->n; i++) {
    Message event = {0}, summary = {0}, value = {0};
    if (isnan(series->values[i])) continue; /* there was no such evaluation */
    message_text(&value, VALUE_TAG, tag);
    message_float(&value, VALUE_NUMBER, (float)series->values[i]);
    message_put(&summary, SUMMARY_VALUE, &value);
    message_double(&event, EVENT_TIME, events->begun);
    message_integer(&event, EVENT_STEP, step_of(events, series, i));
    message_put(&event, EVENT_SUMMARY, &summary);
    put_event(&events->file, &event);
  }
  return status_ok();
}

static void forget(Events *events) {
  message_free(&events->file);
  free(events->path);
  events->path = NULL;
}

static Status end(void *context) {
  Events *events = context;
  TRY(message_check(&events->file, events->path));
  TRY(file_replace(events->path, events->file.bytes, events->file.n));
  forget(events);
  return status_ok();
}

Status export_tensorboard(const ExportJob *job, const char *target) {
  Events events = {.job = job, .folder = target};
  const RunVisitor visitor = {.context = &events, .begin = begin, .take = take, .end = end};
  TRY(make_folder(target));
  Status status = export_visit_runs(job, &visitor);
  forget(&events);
  return status;
}
