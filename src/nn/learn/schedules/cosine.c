#include "nn/schedule.h"
#include "wave.h"

typedef struct Settings {
  double final; /* share of lr */
} Settings;

static const Key KEYS[] = {
    {"final", KEY_NUMBER, offsetof(Settings, final), .fallback = "0", .range = RANGE_AT_LEAST(0),
     .documentation = "Learning rate at the end of the run, as a share of lr."},
};

/* lr (final + (1 - final) (1 + cos(pi step / S)) / 2) */
static double rate(const void *settings, double lr, ScheduleStep at) {
  const Settings *s = settings;
  return half_wave(lr, lr * s->final, (double)at.step / (double)at.n_steps);
}

const ScheduleKind SCHEDULE_COSINE = {
    .kind = {.name = "cosine",
             .summary = "half a cosine wave from lr to final x lr",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(Settings)},
    .source = "Loshchilov and Hutter 2017",
    .rate = rate,
    .follows_length = 1,
};
