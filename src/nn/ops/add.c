#include "add.h"

#include "../run/context.h"
#include <string.h>

static void forward(const Context *context, const Op *op) {
  add_forward(activation_of(context, op->out), activation_of(context, op->in),
              activation_of(context, op->in2), shape_of(context, op->out));
}

/* y = a + b, so that both gradients are that of y. */
static void backward(const Context *context, const Op *op, int side, float *dx) {
  (void)side;
  const float *dy = gradient_of(context, op->out);
  if (dx && dx != dy) memcpy(dx, dy, shape_floats(shape_of(context, op->out)) * sizeof *dx);
}

static const OpKind OP_ADD = {
    .name = "add",
    .forgets_input = 1,
    .forgets_output = 1,
    .works_in_place = 1,
    .forward = forward,
    .backward = backward,
};

Status add_skip(Builder *builder, int from, int kernel) {
  Shape in = builder->network->shapes[from], out = builder_shape(builder);
  if (in.c != out.c || in.h != out.h || in.w != out.w)
    return BUILDER_ERROR(builder,
                         "skip adds the input to the output, but they are %d x %d x %d and %d x "
                         "%d x %d; keep the channels and the size of the map (padding %d)",
                         in.c, in.h, in.w, out.c, out.h, out.w, kernel / 2);
  Op *op;
  TRY(builder_append(builder, &op, &OP_ADD, 0, out));
  op->in2 = from;
  return status_ok();
}
