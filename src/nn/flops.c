#include "nn/flops.h"

double flops_training(const Network *network) {
  double sum = 0;
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    if (op->kind != OP_CONV && op->kind != OP_LINEAR) continue;
    Shape out = network->shapes[op->out];
    double once = 2.0 * (double)network->tensors[op->weight].n * out.h * out.w;
    sum += once * (op->in == 0 ? 2 : 3);
  }
  return sum;
}
