/* Which algorithm computes a direction of a convolution: the one of the least cost by the
 * functions below. They count, for one output pixel of all channels, in the time that a core takes
 * for a vector multiply-add at its peak; the numbers in them were measured with bench_conv, data in
 * the caches, on processors whose 512-bit operations take one cycle and with AVX2, which stands for
 * those where they take two. */
#include "conv_algorithm.h"
#include "vector/kernel_set.h"
#include <math.h>

static double correlation_direct(const Correlation *c) {
  return (double)c->in.c * c->out.c * c->kernel * c->kernel;
}

static double weights_direct(const ConvShape *s) {
  return (double)s->in.c * s->out.c * s->kernel * s->kernel;
}

#define CORRELATION_COST(id, name) [CORRELATION_##id] = correlation_##name,
#define WEIGHTS_COST(id, name) [WEIGHTS_##id] = weights_##name,
static double (*const CORRELATION_COSTS[])(const Correlation *) = {
    CORRELATION_LIST(CORRELATION_COST)};
static double (*const WEIGHTS_COSTS[])(const ConvShape *) = {WEIGHTS_LIST(WEIGHTS_COST)};

/* The direct algorithm is the first. */
static int first_of(ConvChoice choice) {
  return choice == CHOOSE_WINOGRAD ? 1 : 0;
}

CorrelationId conv_choose_correlation(ConvChoice choice, const Correlation *whole) {
  CorrelationId best = CORRELATION_DIRECT;
  double least = INFINITY;
  for (int i = first_of(choice); choice != CHOOSE_DIRECT && i < N_CORRELATIONS; i++) {
    const CorrelationAlgorithm *row = kernel_set()->correlations[i];
    if (row->fits && !row->fits(whole)) continue;
    const double cost = CORRELATION_COSTS[i](whole);
    if (cost >= least) continue;
    best = (CorrelationId)i;
    least = cost;
  }
  return best;
}

WeightsId conv_choose_weights(ConvChoice choice, const ConvShape *whole) {
  WeightsId best = WEIGHTS_DIRECT;
  double least = INFINITY;
  for (int i = first_of(choice); choice != CHOOSE_DIRECT && i < N_WEIGHTS; i++) {
    const WeightsAlgorithm *row = kernel_set()->weights[i];
    if (row->fits && !row->fits(whole)) continue;
    const double cost = WEIGHTS_COSTS[i](whole);
    if (cost >= least) continue;
    best = (WeightsId)i;
    least = cost;
  }
  return best;
}
