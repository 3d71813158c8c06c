#include "norm_group.h"

#include "base/memory.h"
#include "batch_statistics.h"
#include "correction.h"

/* Mean and rstd that a batch has. */
static size_t n_exchanged(const Pass *pass, const NormMap *map) {
  return (size_t)map->n_groups * (size_t)batch_groups(pass, map);
}

/* The same of the largest batch, which is one of evaluation. */
static size_t most_exchanged(const NormMap *map, int batch) {
  const int n_groups = norm_map_sample_groups(map, batch);
  return (size_t)map->n_groups *
         (size_t)(n_groups == 1 ? 1 : norm_map_sample_groups(map, evaluation_batch_most(batch)));
}

void norm_group_sizes(Sizes *sizes, const Network *network, const NormGroup *group, int batch) {
  if (group->head->sizes) group->head->sizes(sizes, network, group);
  if (group->tail->sizes) group->tail->sizes(sizes, network, group);
  if (group->map->crosses_samples)
    raise_to(&sizes->exchange, 2 * most_exchanged(group->map, batch));
}

/* The two statistics of each group, or its two sums, which are of two integers each. */
size_t norm_late(const NormGroup *group, int batch) {
  const size_t n = (size_t)group->map->n_groups;
  if (!group->map->crosses_samples) return 0;
  if (group->head->finish) return 4 * n;
  const int n_groups = norm_map_sample_groups(group->map, batch);
  return n_groups == 1 ? 0 : 2 * n * (size_t)n_groups;
}

Status norm_exchange_make(Exchange *exchange, const NormGroup *group, int batch) {
  int number = group->norm->number;
  size_t n = most_exchanged(group->map, batch);
  if (!group->map->crosses_samples) return status_ok();
  if (norm_late(group, batch) > 0) exchange->late[number] = exchange->late_end;
  exchange->late_end += norm_late(group, batch);
  TRY(memory_allocate(&exchange->mean[number], n, sizeof(double), "batch statistics"));
  if (norm_of(group->norm)->spec.kind->is_corrected)
    TRY(memory_allocate(&exchange->correction[number], 2 * n, sizeof(double), "batch statistics"));
  return memory_allocate(&exchange->rstd[number], n, sizeof(double), "batch statistics");
}

size_t norm_exchange_bytes(const NormGroup *group, int batch) {
  if (!group->map->crosses_samples) return 0;
  const size_t n = most_exchanged(group->map, batch);
  const int is_corrected = norm_of(group->norm)->spec.kind->is_corrected;
  return 2 * memory_bytes(n, sizeof(double)) +
         (is_corrected ? memory_bytes(2 * n, sizeof(double)) : 0);
}

void norm_sums_part(const Context *context, const NormMap *map, Shape s, Band band,
                    const float *x) {
  double *sum = sums_of(context), *square = sum + (size_t)map->n_units * LANES;
  const NormCall call = {
      .shape = s, .band = band, .unit = map->unit, .unit_channels = map->unit_channels};
  norm_sums(sum, square, x, &call);
}

/* Of units that are groups by themselves. */
static void unit_statistics(const Context *context, const NormGroup *group, Interval units) {
  const NormMap *map = group->map;
  const int first = units.begin * block_lanes();
  NormStatistics of = norm_statistics_of(context->pass->network, map);
  of.n = units.end - units.begin;
  of.mean = norm_mean(context, group->norm) + first;
  of.rstd = norm_rstd(context, group->norm) + first;
  of.sum = sums_of(context) + first;
  of.square = of.sum + (size_t)map->n_units * LANES;
  norm_statistics(&of);
}

Interval norm_band_units(const NormMap *map, Shape s, Band band, int *channel) {
  const int k = map->unit_channels, first = *channel;
  *channel += band.n_rows == s.h ? band.n_channels : k;
  return (Interval){
      norm_unit_of(s, map->unit, k, first, band.row, 0),
      norm_unit_of(s, map->unit, k, *channel - 1, band.row + band.n_rows - 1, s.w - 1) + 1};
}

void norm_part_statistics(const Context *context, const NormGroup *group, Band band) {
  const Shape s = shape_of(context, group->norm->in);
  for (int c = band.channel; c < band.channel + band.n_channels;)
    unit_statistics(context, group, norm_band_units(group->map, s, band, &c));
}

/* Statistics of groups within a sample, lane by lane, from sums over units. */
static void own_statistics(const Context *context, const NormGroup *group) {
  const NormOp *norm = norm_of(group->norm);
  const NormMap *map = group->map;
  const int lanes = block_lanes();
  double *mean = norm_mean(context, group->norm), *rstd = norm_rstd(context, group->norm);
  double *sum = sums_of(context), *square = sum + (size_t)map->n_units * LANES;
  const Interval own = share_interval(context, map->n_groups);
  NormStatistics of = norm_statistics_of(context->pass->network, map);
  if (norm->group_units == 1) {
    unit_statistics(context, group, own);
    return;
  }
  for (int g = own.begin; g < own.end; g++) {
    const int *unit = norm->units + g * norm->group_units;
    double s[LANES] = {0}, q[LANES] = {0};
    for (int i = 0; i < norm->group_units; i++)
      for (int l = 0; l < lanes; l++) {
        s[l] += sum[unit[i] * lanes + l];
        q[l] += square[unit[i] * lanes + l];
      }
    of.sum = of.mean = s, of.square = of.rstd = q;
    norm_statistics(&of);
    for (int i = 0; i < norm->group_units; i++) {
      memcpy(mean + unit[i] * lanes, s, (size_t)lanes * sizeof *s);
      memcpy(rstd + unit[i] * lanes, q, (size_t)lanes * sizeof *q);
    }
  }
}

/* Units of [U][16] from values of the batch's groups, [sample group][group]. */
static void expand(const Context *context, const NormMap *map, double *unit, const double *value,
                   Interval units) {
  const Slot *slot = context->slot;
  const double *of_lane[LANES];
  const int lanes = block_lanes();
  for (int l = 0; l < lanes; l++) {
    int sample = slot->first + (l < slot->n_valid ? l : slot->n_valid - 1);
    of_lane[l] = value + (size_t)batch_group_of(context->pass, map, sample) * (size_t)map->n_groups;
  }
  for (int u = units.begin; u < units.end; u++)
    for (int l = 0; l < lanes; l++) unit[u * lanes + l] = of_lane[l][map->group[u]];
}

static void forward(const Context *context, const Step *step) {
  const NormGroup *group = step->group;
  const Exchange *exchange = &context->pass->exchange;
  int number = group->norm->number;
  if (group->head->make_input) group->head->make_input(context, group);
  if (group->map->crosses_samples) {
    const Interval own = share_interval(context, group->map->n_units);
    expand(context, group->map, norm_mean(context, group->norm), exchange->mean[number], own);
    expand(context, group->map, norm_rstd(context, group->norm), exchange->rstd[number], own);
  } else if (!group->makes_sums) {
    if (group->head->sums) {
      group->head->sums(context, group);
      share_meet(context);
    }
    own_statistics(context, group);
  }
  share_meet(context);
  group->tail->forward(context, group);
}

/* The first lane behind `lane` whose sample is of another group. */
static int group_end(const Context *context, const NormMap *map, int lane, int *group) {
  const Slot *slot = context->slot;
  const Pass *pass = context->pass;
  *group = batch_group_of(pass, map, slot->first + lane);
  do lane++;
  while (lane < slot->n_valid && batch_group_of(pass, map, slot->first + lane) == *group);
  return lane;
}

/* Adds lanes [begin, end) of the block's sums of n units, a and b [n][16], to the thread's, which
 * are by group. Units that follow each other are of one group, or of groups that do so. */
static void add_units(const Context *context, const NormOp *norm, ExactSum *to, Interval units,
                      const double *a, const double *b, Interval lanes) {
  const int *group = norm->map.group;
  const double limit = context->pass->now.term_limit / norm->group_units;
  for (int u = units.begin, end; u < units.end; u = end) {
    const int step = u + 1 < units.end && group[u + 1] == group[u] ? 0 : 1;
    for (end = u + 1; end < units.end && group[end] == group[end - 1] + step;) end++;
    ExactSum *sum = to + 2 * group[u];
    const size_t n = (size_t)(end - u), step_of_two = 2 * (size_t)step;
    note_range(context, exact_add_lanes(sum, step_of_two, a + u * block_lanes(), n, lanes.begin,
                                        lanes.end, limit) |
                            exact_add_lanes(sum + 1, step_of_two, b + u * block_lanes(), n,
                                            lanes.begin, lanes.end, limit));
  }
}

/* Adds the block's sums by unit and lane, a and b [U][16], of a share of whole units to the
 * thread's. */
static void add_to_exchange(const Context *context, const NormGroup *norms, Band share,
                            const double *a, const double *b) {
  const NormMap *map = norms->map;
  const Shape s = shape_of(context, norms->norm->out);
  if (band_is_empty(share)) return;
  for (int begin = 0, end, group; begin < context->slot->n_valid; begin = end) {
    end = group_end(context, map, begin, &group);
    ExactSum *to = context->thread->exchange + 2 * (size_t)map->n_groups * (size_t)group;
    for (int c = share.channel; c < share.channel + share.n_channels;) {
      const Interval units = norm_band_units(map, s, share, &c);
      add_units(context, norm_of(norms->norm), to, units, a, b, (Interval){begin, end});
    }
  }
}

static void forward_sums(const Context *context, const Step *step) {
  const NormGroup *group = step->group;
  const double *sum = sums_of(context);
  const Band own = norm_sums_share(context, group->map, shape_of(context, group->norm->in));
  if (group->head->sums) group->head->sums(context, group);
  add_to_exchange(context, group, own, sum, sum + (size_t)group->map->n_units * LANES);
}

static size_t n_sums(const Pass *pass, const Step *step) {
  return 2 * n_exchanged(pass, step->group->map);
}

static void exchange_forward(Pass *pass, const Step *step) {
  const NormMap *map = step->group->map;
  size_t n = n_exchanged(pass, map);
  ExactSum *total = exchange_sum(&pass->exchange, &pass->work, &pass->clock, batch_scope(pass, map),
                                 2 * n, step_row(&pass->plan, step));
  double *sum = pass->exchange.mean_d, *square = pass->exchange.mean_dx; /* free until backward */
  for (size_t i = 0; i < n; i++) {
    sum[i] = exact_value(total[2 * i]);
    square[i] = exact_value(total[2 * i + 1]);
    total[2 * i] = total[2 * i + 1] = 0;
  }
  batch_statistics(pass, step->group->norm, sum, square);
}

/* The means of the backward pass, of sums that become 0. */
static void take_means(Pass *pass, const Step *step, ExactSum *total) {
  const NormMap *map = step->group->map;
  Exchange *exchange = &pass->exchange;
  for (int g = 0; g < batch_groups(pass, map); g++) {
    double n = (double)map->group_elements * batch_group_samples(pass, map, g);
    for (int c = 0; c < map->n_groups; c++) {
      size_t i = (size_t)g * (size_t)map->n_groups + (size_t)c;
      exchange->mean_d[i] = map->is_centred ? exact_value(total[2 * i]) / n : 0;
      exchange->mean_dx[i] = exact_value(total[2 * i + 1]) / n;
      total[2 * i] = total[2 * i + 1] = 0;
    }
  }
  correction_of_means(pass, step->group->norm, (size_t)batch_groups(pass, map));
}

static void exchange_backward(Pass *pass, const Step *step) {
  take_means(pass, step,
             exchange_sum(&pass->exchange, &pass->work, &pass->clock,
                          batch_scope(pass, step->group->map), n_sums(pass, step),
                          step_row(&pass->plan, step)));
}

static void send_backward(Pass *pass, const Step *step) {
  const size_t n = n_sums(pass, step);
  int64_t *late = exchange_late(&pass->exchange, step->op->number, 2 * n);
  ExactSum *total = pass->work.threads[0].exchange;
  for (size_t i = 0; i < n; i++) {
    exact_split(late + 2 * i, total[i]);
    total[i] = 0;
  }
}

/* finish() of a head, with the sums that have come with the gradient. */
static int finish_backward(Pass *pass, const Step *step) {
  const int64_t *late = pass->exchange.late[step->op->number];
  ExactSum *total = pass->work.threads[0].exchange;
  for (size_t i = 0; i < n_sums(pass, step); i++) total[i] = exact_join(late + 2 * i);
  take_means(pass, step, total);
  return step->group->head->finish(pass, step);
}

static void backward_sums(const Context *context, const Step *step) {
  const NormGroup *group = step->group;
  double *sum_d = sums_of(context), *sum_dx = sum_d + (size_t)group->map->n_units * LANES;
  group->tail->backward(context, group, sum_d, sum_dx);
  add_to_exchange(context, group, norm_group_share(context, group), sum_d, sum_dx);
}

static void backward_apply(const Context *context, const Step *step) {
  const NormGroup *group = step->group;
  const Exchange *exchange = &context->pass->exchange;
  double *mean_d = context->thread->sums;
  double *mean_dx = mean_d + (size_t)group->map->n_units * LANES;
  const Interval all = {0, group->map->n_units};
  expand(context, group->map, mean_d, exchange->mean_d, all);
  expand(context, group->map, mean_dx, exchange->mean_dx, all);
  group->head->apply(context, group, mean_d, mean_dx);
}

static void backward(const Context *context, const Step *step) {
  const NormGroup *group = step->group;
  double *sum_d = sums_of(context), *sum_dx = sum_d + (size_t)group->map->n_units * LANES;
  const Interval own = share_interval(context, group->map->n_groups);
  group->tail->backward(context, group, sum_d, sum_dx);
  if (group->is_local) return;
  share_meet(context);
  norm_means(norm_of(group->norm), sum_d, sum_dx, own);
  share_meet(context);
  group->head->apply(context, group, sum_d, sum_dx);
}

/* "norm, ReLU + conv 1x1 + dW before". */
static void name(const Network *network, const Step *step, char *text, size_t bytes) {
  const NormGroup *group = step->group;
  (void)network;
  if (group->by_moments) {
    op_name(group->before, text, bytes);
    text_append(text, bytes, " + ");
  }
  op_name(group->norm, text, bytes);
  if (group->after) {
    text_append(text, bytes, " + ");
    op_name(group->after, text, bytes);
  }
  if (group->is_first && !group->by_moments) text_append(text, bytes, " + dW before");
}

void norm_group_forward(const NormGroup *group, StepList *list) {
  Step step = {.op = group->norm, .group = group, .activity = ACTIVITY_FORWARD};
  if (group->head->append) group->head->append(group, list);
  if (group->map->crosses_samples && !group->by_moments) {
    step.run = forward_sums;
    step.exchange = exchange_forward;
    step.n_exchanged = n_sums;
    step_append(list, step);
  }
  step.run = forward;
  step.exchange = NULL;
  step.name = name;
  step.first = (group->by_moments ? group->before : group->norm)->number;
  step.n_made = group->norm->number + (group->after != NULL) - step.first + 1;
  step_append(list, step);
}

void norm_group_backward(const NormGroup *group, StepList *list) {
  Step step = {.op = group->norm, .group = group, .activity = ACTIVITY_BACKWARD, .run = backward};
  if (!group->map->crosses_samples) {
    step_append(list, step);
    return;
  }
  step.run = backward_sums;
  step.n_exchanged = n_sums;
  if (group->head->finish) {
    step.send = send_backward;
    step.finish = finish_backward;
    step_append(list, step);
    return;
  }
  step.exchange = exchange_backward;
  step_append(list, step);
  step.run = backward_apply;
  step.exchange = NULL;
  step_append(list, step);
}

static void again(const Context *context, const Step *step) {
  const NormGroup *group = step->group;
  if (group->head->make_input) {
    group->head->make_input(context, group);
    share_meet(context);
  }
  norm_make(context, step->op, norm_forward_again);
}

void norm_group_again(const NormGroup *group, StepList *list) {
  step_append(
      list, (Step){.run = again, .op = group->norm, .group = group, .activity = ACTIVITY_BACKWARD});
}
