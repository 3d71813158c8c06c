#include "schedule_kinds.h"

#include <stdio.h>

/* clang-format off */
static const Key STEP_KEYS[] = {
    {"every", KEY_WHOLE, offsetof(StepSettings, every), .fallback = "5",
     .range = RANGE_FROM_TO(1, 100000),
     .documentation = "Epochs from one step to the next."},
    {"gamma", KEY_NUMBER, offsetof(StepSettings, gamma), .fallback = "0.1",
     .range = RANGE_BETWEEN(0, 1000),
     .documentation = "Factor by which each step changes the learning rate."},
};

static const Key MULTI_STEP_KEYS[] = {
    {"gamma", KEY_NUMBER, offsetof(MultiStepSettings, gamma), .fallback = "0.1",
     .range = RANGE_BETWEEN(0, 1000),
     .documentation = "Factor by which each milestone changes the learning rate."},
    {"milestones", KEY_WHOLES, offsetof(MultiStepSettings, milestones),
     offsetof(MultiStepSettings, n_milestones), .fallback = "[]", .most = MAX_MILESTONES,
     .range = RANGE_FROM_TO(1, 100000),
     .documentation = "Epochs after which the learning rate changes, ascending; at least one."},
};

static const Key COSINE_KEYS[] = {
    {"final", KEY_NUMBER, offsetof(CosineSettings, final), .fallback = "0",
     .range = RANGE_AT_LEAST(0),
     .documentation = "Learning rate at the end of the run, as a share of lr."},
};

static const Key ONE_CYCLE_KEYS[] = {
    {"rise", KEY_NUMBER, offsetof(OneCycleSettings, rise), .fallback = "0.3",
     .range = RANGE_BETWEEN(0, 1),
     .documentation = "Share of the run in which the learning rate rises."},
    {"div", KEY_NUMBER, offsetof(OneCycleSettings, div), .fallback = "25", .range = RANGE_ABOVE(0),
     .documentation = "The first learning rate is lr / div."},
    {"final_div", KEY_NUMBER, offsetof(OneCycleSettings, final_div), .fallback = "10000",
     .range = RANGE_ABOVE(0),
     .documentation = "The last learning rate is lr / div / final_div."},
};
/* clang-format on */

static const char *check_milestones(const void *settings, char *text, size_t bytes) {
  const MultiStepSettings *steps = settings;
  for (int i = 1; i < steps->n_milestones; i++) {
    if (steps->milestones[i] > steps->milestones[i - 1]) continue;
    snprintf(text, bytes, "%d comes after %d; accepted: ascending epochs", steps->milestones[i],
             steps->milestones[i - 1]);
    return "milestones";
  }
  if (steps->n_milestones > 0) return NULL;
  snprintf(text, bytes, "empty, but schedule.type is multi-step; accepted: epochs like [5, 10]");
  return "milestones";
}

const Kind CONSTANT_RATE = {.name = "constant", .summary = "the same learning rate all the time"};
const Kind STEP_RATE = {"step", "times gamma at regular intervals", STEP_KEYS, N_KEYS(STEP_KEYS),
                        .settings_bytes = sizeof(StepSettings)};
const Kind MULTI_STEP_RATE = {"multi-step",
                              "times gamma at given epochs",
                              MULTI_STEP_KEYS,
                              N_KEYS(MULTI_STEP_KEYS),
                              sizeof(MultiStepSettings),
                              check_milestones};
const Kind COSINE_RATE = {"cosine", "half a cosine wave from lr to final x lr", COSINE_KEYS,
                          N_KEYS(COSINE_KEYS), .settings_bytes = sizeof(CosineSettings)};
const Kind ONE_CYCLE_RATE = {
    "one-cycle", "up and down again (Smith and Topin 2018), as PyTorch's OneCycleLR",
    ONE_CYCLE_KEYS, N_KEYS(ONE_CYCLE_KEYS), .settings_bytes = sizeof(OneCycleSettings)};
