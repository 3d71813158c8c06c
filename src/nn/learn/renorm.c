#include "nn/renorm.h"

/* A step: what is below 1 is a share of the run. */
static double step_of(double value, const RunLength *length) {
  return value < 1 ? value * (double)length->n_steps : value;
}

int renorm_has_shares(const Config *config) {
  const double steps[] = {config->renorm.begin, config->renorm.r_end, config->renorm.d_end};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    if (steps[i] > 0 && steps[i] < 1) return 1;
  return 0;
}

/* How far the way from `begin` to `end` has been gone, 0 to 1. */
static double gone(double begin, double end, int64_t step) {
  const double at = (double)step;
  if (at < begin) return 0;
  return at < end ? (at - begin) / (end - begin) : 1;
}

RenormLimits renorm_limits(const Config *config, const RunLength *length, int64_t step) {
  const double begin = step_of(config->renorm.begin, length);
  const double r = gone(begin, step_of(config->renorm.r_end, length), step);
  const double d = gone(begin, step_of(config->renorm.d_end, length), step);
  return (RenormLimits){1 + r * (config->renorm.r_max - 1), d * config->renorm.d_max};
}
