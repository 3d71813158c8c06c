#include "nn/schedule.h"
#include "wave.h"

typedef struct Settings {
  double rise; /* share of the run */
  double div, final_div;
} Settings;

static const Key KEYS[] = {
    {"rise", KEY_NUMBER, offsetof(Settings, rise), .fallback = "0.3", .range = RANGE_BETWEEN(0, 1),
     .documentation = "Share of the run in which the learning rate rises."},
    {"div", KEY_NUMBER, offsetof(Settings, div), .fallback = "25", .range = RANGE_ABOVE(0),
     .documentation = "The first learning rate is lr / div."},
    {"final_div", KEY_NUMBER, offsetof(Settings, final_div), .fallback = "10000",
     .range = RANGE_ABOVE(0), .documentation = "The last learning rate is lr / div / final_div."},
};

/* From lr / div at step 0 to lr at step rise S - 1, to lr / div / final_div at step S - 1. */
static double rate(const void *settings, double lr, ScheduleStep at) {
  const Settings *s = settings;
  double start = lr / s->div, end = start / s->final_div;
  double top = s->rise * (double)at.n_steps - 1, last = (double)at.n_steps - 1;
  double now = (double)at.step;
  if (now <= top) return half_wave(start, lr, top > 0 ? now / top : 1);
  return last > top ? half_wave(lr, end, fmin((now - top) / (last - top), 1)) : end;
}

const ScheduleKind SCHEDULE_ONE_CYCLE = {
    .kind = {.name = "one-cycle",
             .summary = "up and down again (Smith and Topin 2018), as PyTorch's OneCycleLR",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(Settings)},
    .source = "Smith and Topin 2018",
    .rate = rate,
    .follows_length = 1,
};
