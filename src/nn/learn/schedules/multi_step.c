#include "nn/schedule.h"

#include <math.h>
#include <stdio.h>

enum { MAX_MILESTONES = 32 };

typedef struct Settings {
  double gamma;
  int milestones[MAX_MILESTONES], n_milestones; /* epochs, ascending */
} Settings;

static const Key KEYS[] = {
    {"gamma", KEY_NUMBER, offsetof(Settings, gamma), .fallback = "0.1",
     .range = RANGE_BETWEEN(0, 1000),
     .documentation = "Factor by which each milestone changes the learning rate."},
    {"milestones", KEY_WHOLES, offsetof(Settings, milestones), offsetof(Settings, n_milestones),
     .fallback = "[]", .most = MAX_MILESTONES, .range = RANGE_FROM_TO(1, 100000),
     .documentation = "Epochs after which the learning rate changes, ascending; at least one."},
};

static const char *check(const void *settings, char *text, size_t bytes) {
  const Settings *s = settings;
  for (int i = 1; i < s->n_milestones; i++) {
    if (s->milestones[i] > s->milestones[i - 1]) continue;
    snprintf(text, bytes, "%d comes after %d; accepted: ascending epochs", s->milestones[i],
             s->milestones[i - 1]);
    return "milestones";
  }
  if (s->n_milestones > 0) return NULL;
  snprintf(text, bytes, "empty, but schedule.type is multi-step; accepted: epochs like [5, 10]");
  return "milestones";
}

/* lr gamma^(number of milestones <= e) */
static double rate(const void *settings, double lr, ScheduleStep at) {
  const Settings *s = settings;
  int passed = 0;
  while (passed < s->n_milestones && s->milestones[passed] <= at.epoch) passed++;
  return lr * pow(s->gamma, passed);
}

const ScheduleKind SCHEDULE_MULTI_STEP = {
    .kind = {.name = "multi-step",
             .summary = "times gamma at given epochs",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(Settings),
             .check = check},
    .source = "-",
    .rate = rate,
};
