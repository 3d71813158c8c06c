#include "stop.h"

#include "console.h"
#include "signals.h"
#include <stdio.h>

/* What is to be added to the same command. */
static const char *how_to_go_on(const TrainOptions *options) {
  if (options->resume) return "again";
  return options->overwrite ? "with --resume instead of --overwrite" : "with --resume";
}

/* " (SIGTERM)" or such; "" if another rank was asked, or nobody. */
static void add_cause(char cause[64]) {
  cause[0] = '\0';
  if (signals_name())
    snprintf(cause, 64, " (%s)", signals_name());
  else if (console_is_unread())
    snprintf(cause, 64, " (nobody reads standard output any more)");
}

Status stop_saved(const Trainer *trainer) {
  char why[64] = "on request", cause[64];
  add_cause(cause);
  if (trainer->observers.is_late)
    snprintf(why, sizeof why, "%.1f s before the time limit",
             budget_left(&trainer->observers.budget));
  return status_error(STATUS_STOPPED,
                      "stopped %s at epoch %lld, step %lld%s; checkpoint saved: run the same "
                      "command %s",
                      why, (long long)trainer->position.epoch + 1,
                      (long long)trainer->position.step, cause, how_to_go_on(trainer->options));
}

Status stop_before_start(const Trainer *trainer) {
  char cause[64];
  if (!signals_stop_wanted()) return status_ok();
  add_cause(cause);
  return status_error(STATUS_STOPPED,
                      "stopped on request before the first step%s; %s is as it was: run the same "
                      "command again",
                      cause, trainer->options->out);
}
