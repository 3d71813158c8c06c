#include "places.h"

#include "base/memory.h"
#include <stdlib.h>

/* A moment of a pass, in the order of the steps, and the number of exchanges before it. */
typedef struct Moment {
  int time, segment;
} Moment;

/* When an operation reads and writes: forward, in the first half of its backward pass, and in the
 * second, in which a norm writes its input's gradient. */
typedef struct Moments {
  Moment forward, backward, apply;
} Moments;

/* From when to when, inclusive. */
typedef struct Life {
  Moment born, dies;
} Life;

/* Memory for an activation or a gradient. Buffers of a kind whose lives do not overlap share
 * memory. */
typedef struct Buffer {
  Life life, again; /* again: the second life of what is made again; born.time is -1 if none */
  int is_used, is_temporary;
  size_t floats, offset;
} Buffer;

typedef struct Places {
  Plan *plan;
  const Network *network;
  const Joined *joined;
  const int *n_readers;
  Moments *moments;   /* [n_ops] */
  Buffer *activation; /* [n_activations] */
  Buffer *gradient;   /* [n_activations] */
  int *buffer_of;     /* [n_activations]: whose buffer its gradient has */
} Places;

static size_t round_line(size_t floats) {
  return (floats + LANES - 1) / LANES * LANES;
}

/* The moments of each operation, and of the loss. An operation that is done with the previous one
 * has the moments of that. */
static Moment find_moments(Moments *moments, const Network *network, const Joined *joined) {
  Moment now = {0, 0};
  for (int i = 0; i < network->n_ops; i++) {
    now.segment += joined[i].waits_forward;
    now.time += !joined[i].is_done_with_previous;
    moments[i].forward = now;
  }
  now.time++;
  const Moment loss = now;
  now.time++;
  for (int i = network->n_ops - 1; i >= 0; i--) {
    moments[i].backward = moments[i].apply = now;
    if (joined[i].is_done_with_previous) continue;
    if (joined[i].waits_backward) {
      now.segment++;
      now.time++;
      moments[i].apply = now;
      if (i + 1 < network->n_ops && joined[i + 1].is_done_with_previous &&
          joined[i + 1].waits_backward)
        moments[i + 1].apply = now;
    }
    now.time++;
  }
  return loss;
}

static void live_at(Buffer *buffer, Moment moment) {
  Life *life = &buffer->life;
  if (!buffer->is_used) *life = (Life){moment, moment};
  if (moment.time < life->born.time) life->born = moment;
  if (moment.time > life->dies.time) life->dies = moment;
  buffer->is_used = 1;
}

/* When activations are written and read. */
static void find_activations(Places *p) {
  const Network *network = p->network;
  for (int a = 0; a < network->n_activations; a++) {
    p->activation[a].again.born.time = -1;
    p->activation[a].floats = round_line(shape_floats(network->shapes[a]));
  }
  for (int i = 0; i < network->n_ops; i++) {
    const Op *op = &network->ops[i];
    const int in[] = {op->in, op->in2};
    live_at(&p->activation[op->out], p->moments[i].forward);
    if (!op->kind->forgets_output) live_at(&p->activation[op->out], p->moments[i].backward);
    for (int side = 0; side < 2; side++) {
      Buffer *buffer = in[side] < 0 ? NULL : &p->activation[in[side]];
      if (!buffer) continue;
      live_at(buffer, p->moments[i].forward);
      if (op->kind->forgets_input) continue;
      if (p->joined[i].is_input_again) {
        buffer->again = (Life){p->moments[i + 1].backward, p->moments[i].backward};
        continue;
      }
      if (i > 0 && p->joined[i - 1].is_output_again) {
        buffer->again = (Life){p->moments[i].backward, p->moments[i].apply};
        continue;
      }
      live_at(buffer, p->moments[i].backward);
      live_at(buffer, p->moments[i].apply);
    }
    /* What is handed over part by part has no place of its own. */
    if (p->joined[i].is_done_with_previous) p->activation[op->in].floats = 0;
  }
}

/* A gradient lives from the backward pass of the last operation that reads its activation to that
 * of the operation that wrote it. */
static void find_gradients(Places *p, Moment loss) {
  const Network *network = p->network;
  const int last = network->n_activations - 1;
  for (int a = 0; a < network->n_activations; a++) {
    p->gradient[a].again.born.time = -1;
    p->buffer_of[a] = a;
  }
  p->gradient[last].floats = shape_floats(network->shapes[last]);
  live_at(&p->gradient[last], loss);
  for (int i = network->n_ops - 1; i >= 0; i--) {
    const Op *op = &network->ops[i];
    const int in[] = {op->in, op->in2};
    Buffer *out = &p->gradient[p->buffer_of[op->out]];
    live_at(out, p->moments[i].backward);
    live_at(out, p->moments[i].apply);
    for (int side = 0; side < 2; side++) {
      if (in[side] <= 0) continue;
      if (p->plan->first_writer[in[side]] == i && side == 0 && op->kind->works_in_place &&
          p->n_readers[op->in] == 1 && !p->joined[i].waits_backward && out->floats > 0)
        p->buffer_of[op->in] = p->buffer_of[op->out];
      Buffer *buffer = &p->gradient[p->buffer_of[in[side]]];
      live_at(buffer, p->moments[i].apply);
      if (p->buffer_of[in[side]] == in[side] && p->joined[i].is_input_whole)
        buffer->floats = round_line(shape_floats(network->shapes[in[side]]));
    }
  }
}

static int overlap(const Life *a, const Life *b) {
  return a->born.time >= 0 && b->born.time >= 0 && a->born.time <= b->dies.time &&
         b->born.time <= a->dies.time;
}

static int both_live(const Buffer *a, const Buffer *b) {
  return overlap(&a->life, &b->life) || overlap(&a->life, &b->again) ||
         overlap(&a->again, &b->life) || overlap(&a->again, &b->again);
}

/* Places buffer i where it overlaps none of those before it that live at its time and are of the
 * same kind. Returns where it ends. */
static size_t place(Buffer *const *buffers, int i) {
  Buffer *buffer = buffers[i];
  buffer->offset = 0;
  for (int again = 1; again;) {
    again = 0;
    for (int j = 0; j < i; j++) {
      const Buffer *other = buffers[j];
      if (other->floats > 0 && other->is_temporary == buffer->is_temporary &&
          both_live(other, buffer) && buffer->offset < other->offset + other->floats &&
          other->offset < buffer->offset + buffer->floats) {
        buffer->offset = other->offset + other->floats;
        again = 1;
      }
    }
  }
  return buffer->offset + buffer->floats;
}

/* The input and the output of the network are read from outside. */
static void place_all(Places *p, Buffer **all) {
  Plan *plan = p->plan;
  const int n = p->network->n_activations;
  for (int a = 0; a < n; a++) {
    all[a] = &p->activation[a];
    all[n + a] = &p->gradient[a];
    for (int k = a; k <= n + a; k += n) {
      const Life *life = &all[k]->life;
      all[k]->is_temporary = life->born.segment == life->dies.segment;
    }
    if (a == 0 || a == n - 1) all[a]->is_temporary = 0;
  }
  for (int i = 0; i < 2 * n; i++) {
    if (all[i]->floats == 0) continue;
    const size_t end = place(all, i);
    raise_to(all[i]->is_temporary ? &plan->sizes.temporary : &plan->slot_floats, end);
  }
  for (int a = 0; a < n; a++) {
    const Buffer *gradient = &p->gradient[p->buffer_of[a]];
    plan->activation[a] = (Place){p->activation[a].offset, p->activation[a].is_temporary};
    plan->gradient[a] = (Place){gradient->offset, gradient->is_temporary};
  }
}

static Status make(Places *p, Buffer **all) {
  const size_t n = (size_t)p->network->n_activations;
  const char *what = "plan";
  TRY(memory_allocate(&p->moments, (size_t)p->network->n_ops, sizeof *p->moments, what));
  TRY(memory_allocate(&p->activation, n, sizeof *p->activation, what));
  TRY(memory_allocate(&p->gradient, n, sizeof *p->gradient, what));
  TRY(memory_allocate(&p->buffer_of, n, sizeof *p->buffer_of, what));
  const Moment loss = find_moments(p->moments, p->network, p->joined);
  find_activations(p);
  find_gradients(p, loss);
  place_all(p, all);
  for (int i = 0; i < p->network->n_ops; i++) {
    const Op *op = &p->network->ops[i];
    p->plan->kept[i] = p->plan->kept_doubles;
    if (op->kind->kept) p->plan->kept_doubles += op->kind->kept(op);
  }
  return status_ok();
}

Status places_make(Plan *plan, const Network *network, const Joined *joined, const int *n_readers) {
  Places p = {.plan = plan, .network = network, .joined = joined, .n_readers = n_readers};
  Buffer **all = NULL;
  const size_t n = 2 * (size_t)network->n_activations;
  Status status = memory_allocate(&all, n, sizeof *all, "plan");
  if (status.code == STATUS_OK) status = make(&p, all);
  free(all);
  free(p.moments);
  free(p.activation);
  free(p.gradient);
  free(p.buffer_of);
  return status;
}
