#include "dyt.h"

#include "element.h"
#include "kernels/dyt.h"

static DytCall call_of(const Context *context, const Op *op, Band band, Dropout *place) {
  return (DytCall){.shape = shape_of(context, op->out),
                   .band = band,
                   .alpha = *parameter_of(context, element_of(op)->parameter),
                   .gamma = parameter_of(context, op->weight),
                   .beta = parameter_of(context, op->bias),
                   .dropout = dropout_of(context, op, place),
                   .relu = op->relu,
                   .passes = element_masks(context, op)};
}

static void run(const Context *context, const Op *op, Band band, float *y, const float *x) {
  Dropout place;
  const DytCall call = call_of(context, op, band, &place);
  dyt_forward(y, x, &call);
}

static int run_back(const Context *context, const Op *op, Band band, float *dx, const float *dy,
                    const float *x) {
  Dropout place;
  const DytCall call = call_of(context, op, band, &place);
  const DytGradient gradient = {.dalpha = gradient_sums(context, element_of(op)->parameter),
                                .dgamma = gradient_sums(context, op->weight),
                                .dbeta = gradient_sums(context, op->bias),
                                .limit = context->pass->now.gradient_limit};
  return dyt_backward(dx, &gradient, dy, x, &call);
}

/* Before dropout and ReLU. */
static void observe(const Context *context, const Op *op, const float **before,
                    const float **after) {
  Dropout place;
  DytCall call = call_of(context, op, band_whole(shape_of(context, op->out)), &place);
  call.dropout = NULL;
  call.relu = 0;
  *before = activation_of(context, op->in);
  *after = context->thread->extra;
  dyt_forward(context->thread->extra, *before, &call);
}

static NormSpec spec_of(const Op *op) {
  return element_of(op)->spec;
}

static int express(Graph *graph, const Op *op) {
  const int alpha = graph_tensor(graph, element_of(op)->parameter);
  const int y = graph_call(graph, GRAPH_MULTIPLY, graph->activation[op->in], alpha);
  return norm_express_affine(graph, op, NORM_AFFINE_CHANNEL, graph_call(graph, GRAPH_TANH, y, -1));
}

static const OpKind OP_DYT = {
    .name = "tanh norm",
    .forgets_output = 1,
    .takes_tail = 1,
    .works_in_place = 1,
    .n_modules = 1,
    .forward = element_forward,
    .backward = element_backward,
    .kept = element_kept,
    .observe = observe,
    .norm = spec_of,
    .express = express,
};

Status add_dyt(Builder *builder, NormSpec spec) {
  const int channels = builder_shape(builder).c;
  Op *op;
  TRY(element_append(builder, &op, &OP_DYT, spec, (ElementOp){.run = run, .run_back = run_back}));
  norm_affine(builder, op, spec, 1, &channels);
  return status_ok();
}
