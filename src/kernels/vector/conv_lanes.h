#ifndef NORMLAB_KERNELS_CONV_LANES_H
#define NORMLAB_KERNELS_CONV_LANES_H
/* The end of every weight gradient: from sums of a block's samples, lane by lane, to exact sums. */
#include "kernels/conv.h"
#include "vector/kernel_set.h"

/* Adds the lanes of term [out.c][in.c][kernel][kernel][16], each rounded by itself, to the call's
 * dw. Returns what conv.h's backward_weights() has to. s is the shape of the arrays. */
static inline int conv_add_lanes(int64_t *dw, const float *term, const ConvShape *s,
                                 const ConvCall *call) {
  const size_t n_taps = (size_t)s->in.c * (size_t)s->kernel * (size_t)s->kernel;
  const size_t n_out = (size_t)s->out.c, step = call->dw_channel ? call->dw_channel : n_taps;
  if (step == n_taps) return ISA_NAME(gradient_add_lanes)(dw, term, n_out * n_taps, call->limit);
  int out_of_range = 0;
  for (size_t c = 0; c < n_out; c++)
    out_of_range |=
        ISA_NAME(gradient_add_lanes)(dw + c * step, term + c * n_taps * LANES, n_taps, call->limit);
  return out_of_range;
}

#endif
