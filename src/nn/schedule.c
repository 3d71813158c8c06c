#include "nn/schedule.h"

#include "learn/schedule_kinds.h"
#include <math.h>

static double cosine(double from, double to, double share) {
  return to + (from - to) * (1 + cos(M_PI * share)) / 2;
}

static double one_cycle(const Config *config, int64_t step, int64_t n_steps) {
  const OneCycleSettings *cycle = config->schedule.settings;
  double lr = config->optimizer.lr, start = lr / cycle->div;
  double end = start / cycle->final_div;
  double top = cycle->rise * (double)n_steps - 1, last = (double)n_steps - 1;
  double now = (double)step;
  if (now <= top) return cosine(start, lr, top > 0 ? now / top : 1);
  return last > top ? cosine(lr, end, fmin((now - top) / (last - top), 1)) : end;
}

static double multi_step(const MultiStepSettings *steps, double lr, double epoch) {
  int passed = 0;
  while (passed < steps->n_milestones && steps->milestones[passed] <= epoch) passed++;
  return lr * pow(steps->gamma, passed);
}

static double scheduled(const Config *config, int64_t step, int64_t steps_per_epoch) {
  double lr = config->optimizer.lr, epoch = (double)(step / steps_per_epoch);
  int64_t n_steps = steps_per_epoch * config->training.epochs;
  const Kind *kind = config->schedule.kind;
  const void *settings = config->schedule.settings;
  if (kind == &STEP_RATE) {
    const StepSettings *steps = settings;
    return lr * pow(steps->gamma, floor(epoch / steps->every));
  }
  if (kind == &MULTI_STEP_RATE) return multi_step(settings, lr, epoch);
  if (kind == &COSINE_RATE)
    return cosine(lr, lr * ((const CosineSettings *)settings)->final,
                  (double)step / (double)n_steps);
  return kind == &ONE_CYCLE_RATE ? one_cycle(config, step, n_steps) : lr;
}

double schedule_rate(const Config *config, int64_t step, int64_t steps_per_epoch) {
  double warmup = config->schedule.warmup * (double)steps_per_epoch;
  if ((double)step < warmup) return config->optimizer.lr * (0.01 + 0.99 * (double)step / warmup);
  return scheduled(config, step, steps_per_epoch);
}
