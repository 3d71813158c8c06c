#include "threshold.h"

#include "element.h"
#include "kernels/threshold.h"

static ThresholdCall call_of(const Context *context, const Op *op, Band band, Dropout *place) {
  return (ThresholdCall){.shape = shape_of(context, op->out),
                         .band = band,
                         .tau = parameter_of(context, element_of(op)->parameter),
                         .dropout = dropout_of(context, op, place),
                         .kept = element_masks(context, op)};
}

static void run(const Context *context, const Op *op, Band band, float *y, const float *x) {
  Dropout place;
  const ThresholdCall call = call_of(context, op, band, &place);
  threshold_forward(y, x, &call);
}

static int run_back(const Context *context, const Op *op, Band band, float *dx, const float *dy,
                    const float *x) {
  Dropout place;
  const ThresholdCall call = call_of(context, op, band, &place);
  return threshold_backward(dx, gradient_sums(context, element_of(op)->parameter),
                            context->pass->now.gradient_limit, dy, x, &call);
}

static int express(Graph *graph, const Op *op) {
  return graph_call(graph, GRAPH_LARGER, graph->activation[op->in],
                    graph_of_channels(graph, element_of(op)->parameter));
}

static const OpKind OP_THRESHOLD = {
    .name = "threshold",
    .forgets_output = 1,
    .takes_tail = 1,
    .works_in_place = 1,
    .n_modules = 1,
    .forward = element_forward,
    .backward = element_backward,
    .kept = element_kept,
    .express = express,
};

Status add_threshold(Builder *builder, NormSpec spec) {
  Op *op;
  return element_append(builder, &op, &OP_THRESHOLD, spec,
                        (ElementOp){.run = run, .run_back = run_back});
}
