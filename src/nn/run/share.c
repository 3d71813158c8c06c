#include "share.h"

int share_half(Context *context) {
  const int n = context->n_shares / 2, is_second = context->share >= n;
  if (context->n_shares % 2 != 0) return SHARE_NO_HALF;
  context->n_shares = n;
  context->share -= is_second * n;
  return is_second;
}

/* Of n things in steps: how many steps there are, 0 meaning that they stay together. */
static int n_steps(int n, int step) {
  return step > 0 ? (n + step - 1) / step : 1;
}

/* Part `i` of n_parts of n things in steps. */
static Interval steps_part(int n, int step, int i, int n_parts) {
  const int steps = n_steps(n, step), size = step > 0 ? step : n;
  const int begin = part_begin(steps, i, n_parts) * size;
  const int end = part_begin(steps, i + 1, n_parts) * size;
  return (Interval){begin < n ? begin : n, end < n ? end : n};
}

/* The most that one of n_parts gets. */
static int largest(int n, int step, int n_parts) {
  const int steps = n_steps(n, step), size = step > 0 ? step : n;
  const int most = (steps + n_parts - 1) / n_parts * size;
  return most < n ? most : n;
}

static Band band_of(Shape s, Interval channels, Interval rows) {
  return (Band){channels.begin, channels.end - channels.begin,
                rows.begin,     rows.end - rows.begin,
                s.stride,       s.stride};
}

Band share_channels(const Context *context, Shape s, int channel_step) {
  return band_of(s, steps_part(s.c, channel_step, context->share, context->n_shares),
                 (Interval){0, s.h});
}

/* In a grid of channels x rows whose largest share is the smallest; of equals, the one with more
 * shares of rows: rows that neighbours need are few, where convolutions need all channels. */
Band share_band(const Context *context, Shape s, ConvSteps steps) {
  const int n = context->n_shares;
  int best = n, least = s.c * s.h + 1;
  for (int n_channels = 1; n_channels <= n; n_channels++) {
    const int size =
        largest(s.c, steps.channels, n_channels) * largest(s.h, steps.rows, n / n_channels);
    if (size < least) best = n_channels, least = size;
  }
  const int n_rows = n / best;
  if (context->share >= best * n_rows) return band_of(s, (Interval){0, 0}, (Interval){0, 0});
  return band_of(s, steps_part(s.c, steps.channels, context->share % best, best),
                 steps_part(s.h, steps.rows, context->share / best, n_rows));
}

/* Blocks of a batch whose norms cross samples stay in memory until the end of the step. */
static Slot *slot_of(Pass *pass, int block, int t) {
  const int is_kept = pass->network->crosses_samples && pass->now.is_training;
  return &pass->work.slots[is_kept ? block : t];
}

static void run_block(Context *context, int t, int block, BlockWork *work, void *argument) {
  Pass *pass = context->pass;
  context->slot = slot_of(pass, block, (int)(context->first - pass->work.threads));
  block_set_lanes(batch_lanes(&pass->now, block));
  work(context, t, block, argument);
  block_set_lanes(LANES);
}

void share_blocks(Pass *pass, int t, int is_backwards, BlockWork *work, void *argument) {
  Thread *threads = pass->work.threads;
  const BatchPart part = batch_part(&pass->now, t, pass->work.n_threads);
  const int has_own = part.begin < part.end;
  Context alone = {.pass = pass, .thread = &threads[t], .first = &threads[t], .n_shares = 1};
  Context together = {.pass = pass,
                      .thread = &threads[t],
                      .first = &threads[part.first_thread],
                      .crew = &pass->work.crews[part.first_thread],
                      .share = t - part.first_thread,
                      .n_shares = part.n_threads,
                      .meets_before = has_own && !is_backwards,
                      .meets_after = has_own && is_backwards};
  if (is_backwards && part.crew_block >= 0)
    run_block(&together, t, part.crew_block, work, argument);
  for (int i = part.begin; i < part.end; i++)
    run_block(&alone, t, is_backwards ? part.begin + part.end - 1 - i : i, work, argument);
  if (!is_backwards && part.crew_block >= 0)
    run_block(&together, t, part.crew_block, work, argument);
}
