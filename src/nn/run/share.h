#ifndef NORMLAB_NN_RUN_SHARE_H
#define NORMLAB_NN_RUN_SHARE_H
/* How the threads of a crew divide a step on their block. Each output of a step is computed by one
 * of them, in the same order of operations as by a thread alone, so that shares change no bits:
 * outputs are dealt out by channels and by rows. The crew meets after each step, and inside of a
 * step where a thread reads what another has written in it.
 *
 * A thread alone has all of everything. Not collective. */
#include "context.h"
#include "kernels/conv.h"
#include <string.h>

/* The numbers from `begin` to end - 1. */
typedef struct Interval {
  int begin, end;
} Interval;

/* Returns whether the block belongs to the calling thread alone. */
static inline int share_is_whole(const Context *context) {
  return context->n_shares == 1;
}
/* Returns whether the calling thread is the one that does what is not divided. */
static inline int share_is_first(const Context *context) {
  return context->share == 0;
}
/* Returns when all threads of the crew have called it. */
static inline void share_meet(const Context *context) {
  if (context->n_shares > 1) crew_meet(context->crew, context->n_shares);
}

/* Returns the thread's share of the numbers 0 .. n - 1. */
static inline Interval share_interval(const Context *context, int n) {
  return (Interval){part_begin(n, context->share, context->n_shares),
                    part_begin(n, context->share + 1, context->n_shares)};
}

/* Changes the context to that of a half of the crew, among whose threads work is then divided: they
 * do not meet there. Returns the number of the thread's half, 0 or 1, or SHARE_NO_HALF if the
 * number of threads is odd and the context stays as it is. */
enum { SHARE_NO_HALF = -1 };
int share_half(Context *context);

/* Returns whether a share holds nothing. */
static inline int band_is_empty(Band band) {
  return band.n_channels == 0 || band.n_rows == 0;
}

/* Return the thread's share of an activation, of arrays with the strides of the whole: some
 * channels with all rows, or some rows of some channels. The first channel and the number of
 * channels are multiples of a step, except that the last channels may be fewer, and so it is with
 * rows; a step of 0 leaves them together. */
static const ConvSteps ANY_STEPS = {1, 1};
Band share_channels(const Context *context, Shape s, int channel_step);
Band share_band(const Context *context, Shape s, ConvSteps steps);

/* Copies the band of an array of this shape to that of another. */
static inline void share_copy(float *to, const float *from, Band band, Shape s) {
  for (int c = band.channel; c < band.channel + band.n_channels; c++) {
    const size_t at = (size_t)c * s.stride + (size_t)(band.row * s.w * block_lanes());
    memcpy(to + at, from + at, (size_t)(band.n_rows * s.w * block_lanes()) * sizeof *to);
  }
}

/* Calls work() for each block of thread t: for those that it has alone, and then for that of its
 * crew; or in the opposite order. All threads must have met before, and must meet afterwards. */
typedef void BlockWork(const Context *context, int t, int block, void *argument);
void share_blocks(Pass *pass, int t, int is_backwards, BlockWork *work, void *argument);

#endif
