#include "nn/schedule.h"

#include <math.h>

typedef struct Settings {
  int every; /* epochs */
  double gamma;
} Settings;

static const Key KEYS[] = {
    {"every", KEY_WHOLE, offsetof(Settings, every), .fallback = "5",
     .range = RANGE_FROM_TO(1, 100000), .documentation = "Epochs from one step to the next."},
    {"gamma", KEY_NUMBER, offsetof(Settings, gamma), .fallback = "0.1",
     .range = RANGE_BETWEEN(0, 1000),
     .documentation = "Factor by which each step changes the learning rate."},
};

/* lr gamma^floor(e / every) */
static double rate(const void *settings, double lr, ScheduleStep at) {
  const Settings *s = settings;
  return lr * pow(s->gamma, floor((double)at.epoch / s->every));
}

const ScheduleKind SCHEDULE_STEP = {
    .kind = {.name = "step",
             .summary = "times gamma at regular intervals",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(Settings)},
    .source = "-",
    .rate = rate,
};
