#include "nn/profile.h"

#include "base/log.h"
#include "context.h"

/* Spans of a thread and step: its blocks' steps and loads, and waiting after each of them where a
 * crew works on a block; those of each exchange, the end of a batch and what callers do between
 * two. */
static size_t spans_of_step(const Pass *pass) {
  const int n_threads = pass->work.n_threads;
  const int own =
      batch_most_blocks(pass->batch, batch_unit(pass->network->backend), dist_size(), n_threads);
  const size_t own_blocks = (size_t)(own / n_threads) + 2;
  size_t n_steps = (size_t)pass->plan.list.n, n_exchanges = 0;
  for (size_t s = 0; s < n_steps; s++) n_exchanges += pass->plan.list.steps[s].exchange != NULL;
  return own_blocks * (n_steps + 1) + 6 * n_exchanges + 16;
}

Status profile_make(Pass *pass, int n_steps) {
  BUG_IF(pass->clock.row_seconds);
  return clock_profile(&pass->clock, (size_t)n_steps * spans_of_step(pass));
}

void profile_switch(Pass *pass, int on) {
  clock_record(&pass->clock, on);
}

const double *profile_seconds(const Pass *pass, size_t *n) {
  *n = ACTIVITY_COUNT * ((size_t)pass->clock.n_rows + 1);
  return pass->clock.row_seconds;
}

const Span *profile_spans(const Pass *pass, int thread, size_t *n) {
  return clock_spans(&pass->clock, thread, n);
}

size_t profile_capacity(const Pass *pass) {
  return pass->clock.capacity;
}

int profile_rows(const Pass *pass) {
  return pass->plan.n_rows;
}

ProfileRow profile_row(const Pass *pass, int number) {
  const Network *network = pass->network;
  const Step *step = pass->plan.rows[number];
  ProfileRow row = {.layer = step->op->layer, .out = op_out(network, step->op)};
  for (int i = step->first; i < step->first + step->n_made; i++)
    row.flops += op_training_flops(network, &network->ops[i]);
  if (step->name)
    step->name(network, step, row.name, sizeof row.name);
  else
    op_name(step->op, row.name, sizeof row.name);
  return row;
}
