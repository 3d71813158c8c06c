#include "nn/schedule.h"

/* The kinds of the configuration are those of the list here, which are rows. */
static const ScheduleKind *kind_of(const Config *config) {
  return (const ScheduleKind *)config->schedule.kind;
}

const char *schedule_that_follows(const Config *config) {
  const ScheduleKind *kind = kind_of(config);
  return kind->follows_length ? kind->kind.name : NULL;
}

double schedule_rate(const Config *config, const RunLength *length, int64_t step) {
  double lr = config->optimizer.lr, warmup = config->schedule.warmup * (double)length->per_epoch;
  if ((double)step < warmup) return lr * (0.01 + 0.99 * (double)step / warmup);
  const ScheduleKind *kind = kind_of(config);
  ScheduleStep at = {step, length->n_steps, step / length->per_epoch};
  return kind->rate(config->schedule.settings, lr, at);
}
