#include "fusion.h"

#include "base/memory.h"
#include <stdlib.h>

/* Memory for gradients: a gradient lives from the backward step of the last operation that reads
 * its activation to that of the operation that wrote it. Buffers whose lives do not overlap share
 * memory. */
typedef struct Buffer {
  int born, dies; /* backward steps: n_ops - 1 - operation; the loss is -1 */
  size_t floats, offset;
} Buffer;

static int works_in_place(OpKind kind) {
  return kind == OP_NORM || kind == OP_POINTWISE || kind == OP_BIAS || kind == OP_ADD;
}

static size_t round_line(size_t floats) {
  return (floats + 15) / 16 * 16;
}

/* First fit. Returns the floats needed in all. */
static size_t place(Buffer *buffers, int n) {
  size_t total = 0;
  for (int i = 0; i < n; i++) {
    if (buffers[i].floats == 0) continue;
    size_t offset = 0;
    for (int again = 1; again;) {
      again = 0;
      for (int j = 0; j < i; j++) {
        const Buffer *other = &buffers[j];
        int both_live = other->born <= buffers[i].dies && buffers[i].born <= other->dies;
        if (both_live && other->floats > 0 && offset < other->offset + other->floats &&
            other->offset < offset + buffers[i].floats) {
          offset = other->offset + other->floats;
          again = 1;
        }
      }
    }
    buffers[i].offset = offset;
    if (offset + buffers[i].floats > total) total = offset + buffers[i].floats;
  }
  return total;
}

/* Sets first_writer and the number of readers of each activation. */
static void find_readers(const Network *network, int *first_writer, int *n_readers) {
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    n_readers[op->in]++;
    first_writer[op->in] = i;
    if (op->in2 < 0) continue;
    n_readers[op->in2]++;
    first_writer[op->in2] = i;
  }
}

/* Whether the gradient of a norm's output, and of its input, never exists as a whole. */
static int stays_in_pieces(const Plan *plan, const Network *network, int norm) {
  return norm > 0 && plan->fusion[norm].n_rows > 0 &&
         !fusion_stores_gradient(&plan->fusion[norm], &network->ops[norm]);
}

static void plan_gradients(Plan *plan, const Network *network, Buffer *buffers, int *buffer_of,
                           const int *n_readers) {
  int last = network->n_activations - 1;
  buffers[last] = (Buffer){-1, 0, shape_floats(network->shapes[last]), 0};
  buffer_of[last] = last;
  for (int i = network->n_ops - 1; i >= 0; i--) {
    const Op *op = &network->ops[i];
    int now = network->n_ops - 1 - i, is_later = i > 0 && plan->fusion[i - 1].pool_channels > 0;
    buffers[buffer_of[op->out]].dies = now + is_later; /* with the norm before */
    for (int side = 0; side < 2; side++) {
      int in = side == 0 ? op->in : op->in2;
      if (in <= 0 || plan->first_writer[in] != i) continue;
      if (side == 0 && works_in_place(op->kind) && n_readers[in] == 1) {
        buffer_of[in] = buffer_of[op->out];
        continue;
      }
      buffer_of[in] = in;
      buffers[in] = (Buffer){now, now, 0, 0};
      if (!stays_in_pieces(plan, network, i - 1))
        buffers[in].floats = shape_floats(network->shapes[in]);
    }
  }
  plan->gradient_floats = place(buffers, network->n_activations);
  for (int a = 1; a < network->n_activations; a++) plan->gradient[a] = buffers[buffer_of[a]].offset;
}

/* What a norm hands over band by band has no place of its own. */
static void plan_activations(Plan *plan, const Network *network) {
  plan->activation_floats = round_line(shape_floats(network->shapes[0]));
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    plan->activation[op->out] = plan->activation_floats;
    if (plan->fusion[i].n_rows || plan->fusion[i].pool_channels) continue;
    plan->activation_floats += round_line(shape_floats(network->shapes[op->out]));
  }
}

Status plan_make(Plan *plan, const Network *network, int batch) {
  size_t n = (size_t)network->n_activations;
  *plan = (Plan){0};
  Buffer *buffers = NULL;
  int *work = NULL;
  Status status = memory_allocate(&plan->activation, n, sizeof(size_t), "plan");
  if (status.code == STATUS_OK)
    status = memory_allocate(&plan->gradient, n, sizeof(size_t), "plan");
  if (status.code == STATUS_OK)
    status = memory_allocate(&plan->first_writer, n, sizeof(int), "plan");
  if (status.code == STATUS_OK)
    status = memory_allocate(&plan->fusion, (size_t)network->n_ops, sizeof(Fusion), "plan");
  if (status.code == STATUS_OK)
    status = memory_allocate(&plan->stats, (size_t)network->n_norms, sizeof(size_t), "plan");
  if (status.code == STATUS_OK) status = memory_allocate(&buffers, n, sizeof *buffers, "plan");
  if (status.code == STATUS_OK) status = memory_allocate(&work, 2 * n, sizeof *work, "plan");
  if (status.code == STATUS_OK) {
    find_readers(network, plan->first_writer, work);
    fusion_plan(plan->fusion, network, work, batch);
    plan_activations(plan, network);
    for (int i = 0; i < network->n_ops; i++) {
      const Op *op = &network->ops[i];
      if (op->norm < 0) continue;
      plan->stats[op->norm] = plan->stats_doubles;
      plan->stats_doubles += 2 * (size_t)op->map.n_units * LANES;
    }
    plan_gradients(plan, network, buffers, work + n, work);
  }
  free(buffers);
  free(work);
  return status;
}

void plan_free(Plan *plan) {
  free(plan->fusion);
  free(plan->activation);
  free(plan->gradient);
  free(plan->first_writer);
  free(plan->stats);
}
