#include "nn/schedule.h"

double schedule_rate(const Config *config, const RunLength *length, int64_t step) {
  double lr = config->optimizer.lr, warmup = config->schedule.warmup * (double)length->per_epoch;
  if ((double)step < warmup) return lr * (0.01 + 0.99 * (double)step / warmup);
  /* The kinds of the configuration are those of the list here, which are rows. */
  const ScheduleKind *kind = (const ScheduleKind *)config->schedule.kind;
  ScheduleStep at = {step, length->n_steps, step / length->per_epoch};
  return kind->rate(config->schedule.settings, lr, at);
}
