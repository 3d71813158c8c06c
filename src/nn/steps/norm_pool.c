/* A norm and the pool that alone reads it, some channels at a time. A max pool of 2 x 2 narrows the
 * norm's masks to what it takes, so that the backward pass goes from its gradient through the norm
 * at once. For other pools, and norms that keep no masks, what the norm gives is made again in the
 * backward pass, where its gradient goes through the pool and the norm's first half. */
#include "../ops/norm.h"
#include "../ops/pool.h"
#include "classes.h"
#include "norm_apply.h"
#include "parts.h"

static int fits(NormGroup *group, const Network *network, const int *n_readers) {
  const Shape s = op_out(network, group->norm);
  if (group->map->unit == NORM_UNIT_PIXEL || !group->after || !pool_of(group->after) ||
      n_readers[group->norm->out] != 1 || shape_bytes(s) < LARGE_POOLED_BYTES)
    return 0;
  const int fit = (int)(PART_BYTES / (s.stride * sizeof(float)));
  group->n_channels = fit < 1 ? 1 : fit < s.c ? fit : s.c;
  const PoolOp *pool = pool_of(group->after);
  if (pool_selects(pool) && norm_keeps_masks(group->norm) && group->norm->in > 0) {
    group->pooled = &pool->shape.out;
    group->is_stored = 0;
  }
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
    if (group->pooled && context->pass->now.is_training)
      pool->kernels->select(y, norm_passes(context, group->norm) + (size_t)(c * in.h * in.w),
                            context->thread->piece, &shape);
    else
      pool->kernels->forward(y, context->thread->piece, &shape);
  }
}

static void backward_pooled(const Context *context, const NormGroup *group, double *sum_d,
                            double *sum_dx) {
  const Band own = norm_group_share(context, group);
  const NormGradient gradient = norm_gradient(context, group->norm, sum_d, sum_dx);
  Dropout place;
  NormCall call = norm_call(context, group->norm, own, &place);
  call.pooled = group->pooled;
  if (band_is_empty(own)) return;
  norm_backward_sums(NULL, &gradient, norm_dy(context, group, own), norm_input(context, group, own),
                     &call);
}

static void backward_again(const Context *context, const NormGroup *group, double *sum_d,
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

static void backward(const Context *context, const NormGroup *group, double *sum_d,
                     double *sum_dx) {
  (group->pooled ? backward_pooled : backward_again)(context, group, sum_d, sum_dx);
}

static void sizes(Sizes *sizes, const Network *network, const NormGroup *group) {
  raise_to(&sizes->piece, (size_t)group->n_channels * op_out(network, group->norm).stride);
}

const NormTail NORM_POOL = {.fits = fits, .forward = forward, .backward = backward, .sizes = sizes};
