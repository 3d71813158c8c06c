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

/* The pool of a part. */
static PoolShape part_of(const PoolOp *pool, Band band) {
  PoolShape shape = pool->shape;
  shape.in.c = shape.out.c = band.n_channels;
  return shape;
}

static void forward(const Context *context, const NormGroup *group) {
  const PoolOp *pool = pool_of(group->after);
  const Shape in = pool->shape.in, out = pool->shape.out;
  for (int c = 0; c < in.c; c += group->n_channels) {
    const Band band = channels_from(in, c, group->n_channels);
    const PoolShape shape = part_of(pool, band);
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
  parts_begin(context, group, &gradient);
  for (int c = 0; c < in.c; c += group->n_channels) {
    const Band band = channels_from(in, c, group->n_channels);
    const PoolShape shape = part_of(pool, band);
    const float *dy = gradient_of(context, group->after->out) + (size_t)c * out.stride;
    float *da = gradient_of(context, group->after->in) + band_begin(band, in);
    part_forward_again(context, group, band);
    pool->kernels->backward(da, dy, context->thread->piece, &shape);
    part_backward(context, group, band, NULL, da, &gradient);
  }
  norm_add_gradient(context, group->norm, &gradient);
}

static void sizes(Sizes *sizes, const Network *network, const NormGroup *group) {
  raise_to(&sizes->piece, (size_t)group->n_channels * op_out(network, group->norm).stride);
}

const NormTail NORM_POOL = {.fits = fits, .forward = forward, .backward = backward, .sizes = sizes};
