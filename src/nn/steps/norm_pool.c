/* A norm and the pool that alone reads it, some channels at a time: what the norm gives is made
 * again in the backward pass, where its gradient goes through the pool and the norm's first
 * half. */
#include "../ops/pool.h"
#include "classes.h"
#include "parts.h"

static int fits(NormGroup *group, const Network *network, const int *n_readers) {
  const Shape s = op_out(network, group->norm);
  if (!group->after || !pool_of(group->after) || n_readers[group->norm->out] != 1 ||
      shape_bytes(s) < LARGE_POOLED_BYTES)
    return 0;
  const int fit = (int)(PART_BYTES / (s.stride * sizeof(float)));
  group->n_channels = fit < 1 ? 1 : fit < s.c ? fit : s.c;
  return 1;
}

static void forward(const Context *context, const NormGroup *group) {
  const PoolOp *pool = pool_of(group->after);
  const Shape in = pool->shape.in, out = pool->shape.out;
  const Interval own = share_interval(context, in.c);
  for (int c = own.begin; c < own.end; c += group->n_channels) {
    const Band band = channels_from(in, c, group->n_channels, own.end);
    const PoolShape shape = pool_part(pool, band.n_channels);
    float *y = activation_of(context, group->after->out) + (size_t)c * out.stride;
    part_forward(context, group, band);
    pool->kernels->forward(y, context->thread->piece, &shape);
  }
}

static void backward(const Context *context, const NormGroup *group, double *sum_d,
                     double *sum_dx) {
  const PoolOp *pool = pool_of(group->after);
  const Shape in = pool->shape.in, out = pool->shape.out;
  const NormGradient gradient = norm_gradient(context, group->norm, sum_d, sum_dx);
  const Band own = norm_group_share(context, group);
  const int end = own.channel + own.n_channels;
  parts_begin(context, group, own, &gradient);
  for (int c = own.channel; c < end; c += group->n_channels) {
    const Band band = channels_from(in, c, group->n_channels, end);
    const PoolShape shape = pool_part(pool, band.n_channels);
    const float *dy = gradient_of(context, group->after->out) + (size_t)c * out.stride;
    float *da = gradient_of(context, group->after->in) + band_begin(band, in);
    part_forward_again(context, group, band);
    pool->kernels->backward(da, dy, context->thread->piece, &shape);
    part_backward(context, group, band, NULL, da, &gradient);
  }
}

static void sizes(Sizes *sizes, const Network *network, const NormGroup *group) {
  raise_to(&sizes->piece, (size_t)group->n_channels * op_out(network, group->norm).stride);
}

const NormTail NORM_POOL = {.fits = fits, .forward = forward, .backward = backward, .sizes = sizes};
