#include "nn/schedule.h"

static double rate(const void *settings, double lr, ScheduleStep at) {
  (void)settings, (void)at;
  return lr;
}

const ScheduleKind SCHEDULE_CONSTANT = {
    .kind = {.name = "constant", .summary = "the same learning rate all the time"},
    .source = "-",
    .rate = rate,
};
