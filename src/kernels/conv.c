#include "kernels/conv.h"

#include "conv_algorithm.h"
#include "kernels/gemm.h"
#include "vector/kernel_set.h"
#include <string.h>

static Correlation forward_of(const ConvShape *s) {
  return (Correlation){s->in, s->out, s->kernel, s->stride, s->padding, 1};
}

static Correlation backward_of(const ConvShape *s) {
  return (Correlation){s->out, s->in, s->kernel, 1, s->kernel - 1 - s->padding, s->stride};
}

static const CorrelationAlgorithm *correlation_of(ConvChoice choice, const Correlation *whole) {
  return kernel_set()->correlations[conv_choose_correlation(choice, whole)];
}

static const WeightsAlgorithm *weights_of(ConvChoice choice, const ConvShape *whole) {
  return kernel_set()->weights[conv_choose_weights(choice, whole)];
}

static const char *algorithm(ConvChoice choice, const ConvShape *s, ConvDirection direction) {
  const Correlation forward = forward_of(s), backward = backward_of(s);
  if (direction == CONV_WEIGHTS) return weights_of(choice, s)->name;
  return correlation_of(choice, direction == CONV_FORWARD ? &forward : &backward)->name;
}

/* The part for dX lies behind that for forward. Parts are whole cache lines. */
static size_t packed_forward_size(ConvChoice choice, const ConvShape *s) {
  const Correlation forward = forward_of(s);
  const size_t n = correlation_of(choice, &forward)->packed_size(&forward);
  return (n + BLOCK_LINE - 1) / BLOCK_LINE * BLOCK_LINE;
}

static size_t packed_size(ConvChoice choice, const ConvShape *s) {
  const Correlation backward = backward_of(s);
  return packed_forward_size(choice, s) + correlation_of(choice, &backward)->packed_size(&backward);
}

static void pack(ConvChoice choice, float *packed, const float *w, const ConvShape *s) {
  const Correlation forward = forward_of(s), backward = backward_of(s);
  const ptrdiff_t taps = s->kernel * s->kernel, row = taps * s->in.c;
  const size_t n_forward = packed_forward_size(choice, s);
  const CorrelationAlgorithm *algorithm = correlation_of(choice, &forward);
  memset(packed, 0, n_forward * sizeof *packed); /* what fills the last line, too */
  algorithm->pack(packed, (CorrelationWeights){w, row, taps, 1}, &forward);
  correlation_of(choice, &backward)
      ->pack(packed + n_forward, (CorrelationWeights){w + taps - 1, taps, row, -1}, &backward);
}

static size_t own_scratch_size(ConvChoice choice, const ConvShape *s) {
  const Correlation forward = forward_of(s), backward = backward_of(s);
  const size_t sizes[] = {correlation_of(choice, &forward)->scratch_size(&forward),
                          correlation_of(choice, &backward)->scratch_size(&backward),
                          weights_of(choice, s)->scratch_size(s)};
  size_t size = 0;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    if (size < sizes[i]) size = sizes[i];
  return size;
}

/* For blocks of any number of lanes. */
static size_t scratch_size(ConvChoice choice, const ConvShape *s) {
  const int lanes = block_lanes();
  block_set_lanes(NARROW_LANES);
  const size_t narrow = own_scratch_size(choice, s);
  block_set_lanes(LANES);
  const size_t wide = own_scratch_size(choice, s);
  block_set_lanes(lanes);
  return narrow > wide ? narrow : wide;
}

static void forward(ConvChoice choice, float *y, const float *x, const ConvCall *call) {
  const Correlation whole = forward_of(call->shape);
  const Correlation part = forward_of(call->part ? call->part : call->shape);
  const CorrelationCall own = {.of = &part,
                               .packed = call->packed,
                               .band = call->band ? *call->band : band_whole(part.out),
                               .ahead = call->ahead,
                               .scratch = call->scratch};
  correlation_of(choice, &whole)->run(y, x, &own);
}

static void backward_data(ConvChoice choice, float *dx, const float *dy, const ConvCall *call) {
  const Correlation whole = backward_of(call->shape);
  const CorrelationCall own = {.of = &whole,
                               .packed = call->packed + packed_forward_size(choice, call->shape),
                               .band = call->band ? *call->band : band_whole(whole.out),
                               .ahead = call->ahead,
                               .scratch = call->scratch};
  correlation_of(choice, &whole)->run(dx, dy, &own);
}

static int backward_weights(ConvChoice choice, int64_t *dw, const float *x, const float *dy,
                            const ConvCall *call) {
  const ConvShape *part = call->part ? call->part : call->shape;
  return weights_of(choice, call->shape)->run(dw, x, dy, part, call);
}

static ConvSteps steps(ConvChoice choice, const ConvShape *s, ConvDirection direction) {
  const Correlation of = direction == CONV_FORWARD ? forward_of(s) : backward_of(s);
  const CorrelationAlgorithm *row = correlation_of(choice, &of);
  return (ConvSteps){row->channel_step(&of), row->row_step ? row->row_step(&of) : 1};
}

static const LinearKernels *linear(void) {
  return kernel_set()->linear;
}

/* A backend of the vector kernels is a way to choose among their algorithms. */
#define DEFINE_BACKEND(id, text, choice)                                                           \
  static const char *id##_algorithm(const ConvShape *s, ConvDirection direction) {                 \
    return algorithm(choice, s, direction);                                                        \
  }                                                                                                \
  static size_t id##_packed_size(const ConvShape *s) {                                             \
    return packed_size(choice, s);                                                                 \
  }                                                                                                \
  static void id##_pack(float *packed, const float *w, const ConvShape *s) {                       \
    pack(choice, packed, w, s);                                                                    \
  }                                                                                                \
  static size_t id##_scratch_size(const ConvShape *s) {                                            \
    return scratch_size(choice, s);                                                                \
  }                                                                                                \
  static void id##_forward(float *y, const float *x, const ConvCall *call) {                       \
    forward(choice, y, x, call);                                                                   \
  }                                                                                                \
  static void id##_backward_data(float *dx, const float *dy, const ConvCall *call) {               \
    backward_data(choice, dx, dy, call);                                                           \
  }                                                                                                \
  static int id##_backward_weights(int64_t *dw, const float *x, const float *dy,                   \
                                   const ConvCall *call) {                                         \
    return backward_weights(choice, dw, x, dy, call);                                              \
  }                                                                                                \
  static ConvSteps id##_steps(const ConvShape *s, ConvDirection direction) {                       \
    return steps(choice, s, direction);                                                            \
  }                                                                                                \
  static const ConvBackend id##_backend = {.name = text,                                           \
                                           .algorithm = id##_algorithm,                            \
                                           .packed_size = id##_packed_size,                        \
                                           .pack = id##_pack,                                      \
                                           .scratch_size = id##_scratch_size,                      \
                                           .forward = id##_forward,                                \
                                           .backward_data = id##_backward_data,                    \
                                           .backward_weights = id##_backward_weights,              \
                                           .steps = id##_steps,                                    \
                                           .linear = linear}

DEFINE_BACKEND(direct, "direct", CHOOSE_DIRECT);
DEFINE_BACKEND(winograd, "winograd", CHOOSE_WINOGRAD);
DEFINE_BACKEND(cheapest, "auto", CHOOSE_CHEAPEST);

const ConvBackend *conv_backend(const char *name) {
  const ConvBackend *backends[] = {&cheapest_backend, &direct_backend, &winograd_backend,
                                   &conv_gemm};
  for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
    if (strcmp(backends[i]->name, name) == 0) return backends[i];
  return NULL;
}
