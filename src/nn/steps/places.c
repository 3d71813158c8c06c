#include "places.h"

#include "base/memory.h"
#include <stdlib.h>

/* Memory for gradients: a gradient lives from the backward step of the last operation that reads
 * its activation to that of the operation that wrote it. Buffers whose lives do not overlap share
 * memory. */
typedef struct Buffer {
  int born, dies; /* backward steps: n_ops - 1 - operation; the loss is -1 */
  size_t floats, offset;
} Buffer;

static size_t round_line(size_t floats) {
  return (floats + LANES - 1) / LANES * LANES;
}

/* Where buffer i begins at least, if it may not overlap those before it that live at its time. */
static size_t first_fit(const Buffer *buffers, int i) {
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
  return offset;
}

/* Returns the floats needed in all. */
static size_t place(Buffer *buffers, int n) {
  size_t total = 0;
  for (int i = 0; i < n; i++) {
    if (buffers[i].floats == 0) continue;
    buffers[i].offset = first_fit(buffers, i);
    if (buffers[i].offset + buffers[i].floats > total)
      total = buffers[i].offset + buffers[i].floats;
  }
  return total;
}

static void place_gradients(Plan *plan, const Network *network, Buffer *buffers, int *buffer_of,
                            const Joined *joined, const int *n_readers) {
  int last = network->n_activations - 1;
  buffers[last] = (Buffer){-1, 0, shape_floats(network->shapes[last]), 0};
  buffer_of[last] = last;
  for (int i = network->n_ops - 1; i >= 0; i--) {
    const Op *op = &network->ops[i];
    int now = network->n_ops - 1 - i;
    /* What is done with the operation before lives until its step. */
    buffers[buffer_of[op->out]].dies = now + joined[i].is_done_with_previous;
    for (int side = 0; side < 2; side++) {
      int in = side == 0 ? op->in : op->in2;
      if (in <= 0 || plan->first_writer[in] != i) continue;
      if (side == 0 && op->kind->works_in_place && n_readers[in] == 1) {
        buffer_of[in] = buffer_of[op->out];
        continue;
      }
      buffer_of[in] = in;
      buffers[in] = (Buffer){now, now, 0, 0};
      if (joined[i].is_input_whole) buffers[in].floats = shape_floats(network->shapes[in]);
    }
  }
  plan->gradient_floats = place(buffers, network->n_activations);
  for (int a = 1; a < network->n_activations; a++) plan->gradient[a] = buffers[buffer_of[a]].offset;
}

/* What is handed over part by part has no place of its own. */
static void place_activations(Plan *plan, const Network *network, const Joined *joined) {
  plan->activation_floats = round_line(shape_floats(network->shapes[0]));
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    plan->activation[op->out] = plan->activation_floats;
    if (i + 1 < network->n_ops && joined[i + 1].is_done_with_previous) continue;
    plan->activation_floats += round_line(shape_floats(op_out(network, op)));
  }
}

Status places_make(Plan *plan, const Network *network, const Joined *joined, const int *n_readers) {
  Buffer *buffers = NULL;
  int *buffer_of = NULL;
  size_t n = (size_t)network->n_activations;
  Status status = memory_allocate(&buffers, n, sizeof *buffers, "plan");
  if (status.code == STATUS_OK) status = memory_allocate(&buffer_of, n, sizeof *buffer_of, "plan");
  if (status.code == STATUS_OK) {
    place_activations(plan, network, joined);
    place_gradients(plan, network, buffers, buffer_of, joined, n_readers);
    for (int i = 0; i < network->n_ops; i++) {
      const Op *op = &network->ops[i];
      plan->kept[i] = plan->kept_doubles;
      if (op->kind->kept) plan->kept_doubles += op->kind->kept(op);
    }
  }
  free(buffers);
  free(buffer_of);
  return status;
}
