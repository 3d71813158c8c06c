#include "report/metric.h"

#include "columns.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
const Metric METRICS[] = {
    {"error", "test_accuracy", "error", "%", .is_evaluated = 1, .is_complement = 1,
     .format = "%.2f"},
    {"accuracy", "test_accuracy", "accuracy", "%", .is_evaluated = 1, .has_best = 1,
     .format = "%.2f"},
    {"loss", "test_loss", "loss", "nats", .is_evaluated = 1, .format = "%.4f"},
    {"calibration_error", "calibration_error", "calibration error", "%", .is_evaluated = 1,
     .format = "%.2f"},
    {"train_accuracy", "train_accuracy", "train accuracy", "%", .has_best = 1, .format = "%.2f"},
    {"train_loss", "train_loss", "train loss", "nats", .format = "%.4f"},
    {"epoch_seconds", "epoch_seconds", "time of an epoch", "s", .format = "%.2f"},
    {"images_per_second", "images_per_second", "speed of training", "images/s", .format = "%.0f"},
    {0}};
/* clang-format on */

const Metric *metric_find(const char *name) {
  for (const Metric *metric = METRICS; metric->name; metric++)
    if (strcmp(metric->name, name) == 0 ||
        (!metric->is_complement && strcmp(metric->column, name) == 0))
      return metric;
  return NULL;
}

void metric_names(char *text, size_t bytes) {
  size_t used = 0;
  for (const Metric *metric = METRICS; metric->name && used < bytes; metric++)
    used += (size_t)snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", metric->name);
}

/* A number of the column, in the unit of tables. */
static double in_unit(const Metric *metric, const Column *column, double number) {
  return column->factor * (metric->is_complement ? 1 - number : number);
}

MetricValue metric_of_variant(const Metric *metric, const Variant *variant) {
  const Column *column = column_find(VARIANT_COLUMNS, metric->column);
  const Cell cell = column->value(&(Line){.variant = variant});
  const Summary *summary = cell.summary;
  double low = fmax(0, summary->interval.low), high = summary->interval.high;
  if (cell.most > 0) high = fmin(high, cell.most);
  if (summary->n < 2) low = high = summary->n ? summary->mean : (double)NAN;
  MetricValue value = {summary->n, in_unit(metric, column, summary->mean),
                       in_unit(metric, column, metric->is_complement ? high : low),
                       in_unit(metric, column, metric->is_complement ? low : high)};
  return value;
}

double metric_of_run(const Metric *metric, const Run *run) {
  const Column *column = column_find(RUN_COLUMNS, metric->column);
  return in_unit(metric, column, column->value(&(Line){.run = run}).number);
}
