#include "plan.h"

#include "base/memory.h"
#include "match.h"
#include "parts.h"
#include "places.h"
#include "single.h"
#include <stdlib.h>

/* A group of operations, or one by itself, in the order of the forward pass. */
typedef struct Unit {
  int first;
  const NormGroup *group;
} Unit;

typedef struct Planner {
  Plan *plan;
  const Network *network;
  int batch, n_units;
  Unit *units;
  Joined *joined;
  int *n_readers; /* by activation */
} Planner;

static Status allocate(Planner *p) {
  Plan *plan = p->plan;
  size_t n = (size_t)p->network->n_activations, n_ops = (size_t)p->network->n_ops;
  TRY(memory_allocate(&plan->list.steps, 5 * n_ops + 1, sizeof(Step), "steps"));
  TRY(memory_allocate(&plan->groups, n_ops, sizeof(NormGroup), "steps"));
  TRY(memory_allocate(&plan->row_of, n_ops, sizeof(int), "steps"));
  TRY(memory_allocate(&plan->row_layers, n_ops, sizeof(int), "steps"));
  TRY(memory_allocate(&plan->rows, n_ops, sizeof(Step *), "steps"));
  TRY(memory_allocate(&plan->activation, n, sizeof(Place), "plan"));
  TRY(memory_allocate(&plan->gradient, n, sizeof(Place), "plan"));
  TRY(memory_allocate(&plan->kept, n_ops, sizeof(size_t), "plan"));
  TRY(memory_allocate(&plan->first_writer, n, sizeof(int), "plan"));
  TRY(memory_allocate(&p->units, n_ops, sizeof(Unit), "plan"));
  TRY(memory_allocate(&p->joined, n_ops, sizeof(Joined), "plan"));
  return memory_allocate(&p->n_readers, n, sizeof(int), "plan");
}

/* Readers of each activation; the last of them is the first to write its gradient. */
static void find_readers(Planner *p) {
  for (int i = 0; i < p->network->n_ops; i++) {
    const int in[] = {p->network->ops[i].in, p->network->ops[i].in2};
    for (int side = 0; side < 2; side++) {
      if (in[side] < 0) continue;
      p->n_readers[in[side]]++;
      p->plan->first_writer[in[side]] = i;
    }
  }
}

/* Whether the gradient of the norm's output is made again, out of that of the operation after it,
 * when the blocks have waited for one another. */
static int remakes_gradient(const NormGroup *group) {
  return group->map->crosses_samples && group->head->apply && !group->is_stored;
}

/* Cuts the operations into units. */
static void find_units(Planner *p) {
  for (int i = 0, n; i < p->network->n_ops; i += n) {
    NormGroup *group = &p->plan->groups[p->plan->n_groups];
    Unit *unit = &p->units[p->n_units++];
    n = norm_group_make(group, p->network, i, p->n_readers, p->batch);
    *unit = (Unit){i, n > 0 ? group : NULL};
    p->plan->n_groups += n > 0;
    if (n == 0) n = 1;
    for (int k = 0; k < n; k++) p->joined[i + k].is_input_whole = 1;
    if (!unit->group) continue;
    Joined *norm = &p->joined[group->norm->number];
    norm->waits_forward = group->map->crosses_samples && !group->by_moments;
    norm->waits_backward = group->map->crosses_samples && group->head->apply;
    norm->is_input_whole = !group->is_first;
    norm->is_output_again = group->is_again;
    norm->is_input_again = group->head->make_input != NULL;
    if (group->after)
      p->joined[group->after->number] = (Joined){.is_done_with_previous = 1,
                                                 .is_input_whole = group->is_stored,
                                                 .waits_backward = remakes_gradient(group)};
  }
}

/* An operation by itself; what it reads is made again before. */
static void op_backward(Planner *p, const Op *op) {
  if (op->number > 0 && p->joined[op->number - 1].is_output_again)
    for (int i = 0; i < p->plan->n_groups; i++)
      if (p->plan->groups[i].norm == op - 1) norm_group_again(&p->plan->groups[i], &p->plan->list);
  single_backward(op, &p->plan->list);
}

static void append_steps(Planner *p) {
  const Network *network = p->network;
  StepList *list = &p->plan->list;
  for (int u = 0; u < p->n_units; u++) {
    const Unit *unit = &p->units[u];
    if (unit->group)
      norm_group_forward(unit->group, list);
    else
      single_forward(&network->ops[unit->first], list);
  }
  p->plan->n_forward = list->n;
  loss_append(list);
  for (int u = p->n_units - 1; u >= 0; u--) {
    const Unit *unit = &p->units[u];
    if (!unit->group) {
      op_backward(p, &network->ops[unit->first]);
      continue;
    }
    norm_group_backward(unit->group, list);
    if (unit->group->before && !unit->group->is_first) op_backward(p, unit->group->before);
  }
}

/* A row for each step of the forward pass that makes something. */
static void find_rows(Plan *plan, const Network *network) {
  for (int i = 0; i < network->n_ops; i++) plan->row_of[i] = -1;
  for (int s = 0; s < plan->n_forward; s++) {
    const Step *step = &plan->list.steps[s];
    if (step->n_made == 0) continue;
    plan->row_of[step->op->number] = plan->n_rows;
    plan->row_layers[plan->n_rows] = step->op->layer;
    plan->rows[plan->n_rows++] = step;
  }
}

static void find_sizes(Planner *p) {
  Sizes *sizes = &p->plan->sizes;
  for (int i = 0; i < p->network->n_ops; i++) {
    const Op *op = &p->network->ops[i];
    Shape in = op_in(p->network, op), out = op_out(p->network, op);
    raise_to(&sizes->extra, shape_floats(in));
    raise_to(&sizes->extra, shape_floats(out));
    raise_to(&sizes->sums, 2 * (size_t)out.c * LANES); /* observations */
    if (op->kind->sizes) op->kind->sizes(sizes, p->network, op);
  }
  for (int i = 0; i < p->plan->n_groups; i++) {
    norm_group_sizes(sizes, p->network, &p->plan->groups[i], p->batch);
    raise_to(&p->plan->n_moments, p->plan->groups[i].n_moments);
    raise_to(&p->plan->n_products, p->plan->groups[i].n_products);
  }
}

static Status make(Planner *p) {
  TRY(allocate(p));
  find_readers(p);
  find_units(p);
  append_steps(p);
  find_rows(p->plan, p->network);
  find_sizes(p);
  return places_make(p->plan, p->network, p->joined, p->n_readers);
}

Status plan_make(Plan *plan, const Network *network, int batch) {
  *plan = (Plan){0};
  Planner planner = {.plan = plan, .network = network, .batch = batch};
  Status status = make(&planner);
  free(planner.units);
  free(planner.joined);
  free(planner.n_readers);
  return status;
}

void plan_free(Plan *plan) {
  void *owned[] = {plan->list.steps, plan->groups,   plan->row_of, plan->row_layers,  plan->rows,
                   plan->activation, plan->gradient, plan->kept,   plan->first_writer};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}
