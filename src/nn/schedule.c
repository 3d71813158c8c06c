#include "nn/schedule.h"

#include <math.h>

static double cosine(double from, double to, double share) {
  return to + (from - to) * (1 + cos(M_PI * share)) / 2;
}

static double one_cycle(const Config *config, int64_t step, int64_t n_steps) {
  double lr = config->optimizer.lr, start = lr / config->schedule.div;
  double end = start / config->schedule.final_div;
  double top = config->schedule.rise * (double)n_steps - 1, last = (double)n_steps - 1;
  double now = (double)step;
  if (now <= top) return cosine(start, lr, top > 0 ? now / top : 1);
  return last > top ? cosine(lr, end, fmin((now - top) / (last - top), 1)) : end;
}

static double scheduled(const Config *config, int64_t step, int64_t steps_per_epoch) {
  double lr = config->optimizer.lr, epoch = (double)(step / steps_per_epoch);
  int64_t n_steps = steps_per_epoch * config->training.epochs;
  int passed = 0;
  switch (config->schedule.type) {
  case SCHEDULE_CONSTANT:
    return lr;
  case SCHEDULE_STEP:
    return lr * pow(config->schedule.gamma, floor(epoch / config->schedule.every));
  case SCHEDULE_MULTI_STEP:
    while (passed < config->schedule.n_milestones && config->schedule.milestones[passed] <= epoch)
      passed++;
    return lr * pow(config->schedule.gamma, passed);
  case SCHEDULE_COSINE:
    return cosine(lr, lr * config->schedule.final, (double)step / (double)n_steps);
  case SCHEDULE_ONE_CYCLE:
    return one_cycle(config, step, n_steps);
  }
  return lr;
}

double schedule_rate(const Config *config, int64_t step, int64_t steps_per_epoch) {
  double warmup = config->schedule.warmup * (double)steps_per_epoch;
  if ((double)step < warmup) return config->optimizer.lr * (0.01 + 0.99 * (double)step / warmup);
  return scheduled(config, step, steps_per_epoch);
}
