#ifndef NORMLAB_NN_STEPS_GRADIENT_H
#define NORMLAB_NN_STEPS_GRADIENT_H
/* Where the gradient of an operation's input goes. Of several operations that read an activation,
 * the first to go back writes its gradient, and the others add to it. */
#include "../run/share.h"

/* Returns whether this operation is the first to write the gradient of activation `in`. */
static inline int gradient_is_first(const Context *context, const Op *op, int in) {
  return context->pass->plan.first_writer[in] == op->number;
}

/* Returns the array to write the gradient to; NULL for the network's input, whose gradient nobody
 * wants. */
static inline float *gradient_place(const Context *context, const Op *op, int in) {
  if (in <= 0) return NULL;
  return gradient_is_first(context, op, in) ? gradient_of(context, in) : context->thread->extra;
}

/* Adds a band of the gradient to that of the other operations if this one is not the first. The
 * thread that has written the band calls it afterwards. */
static inline void gradient_written(const Context *context, const Op *op, int in, Band band) {
  if (in <= 0 || band_is_empty(band) || gradient_is_first(context, op, in)) return;
  const Shape shape = shape_of(context, in);
  const size_t begin = band_begin(band, shape);
  float *dx = gradient_of(context, in) + begin;
  add_forward(dx, dx, context->thread->extra + begin, band_shape(band, shape));
}

#endif
