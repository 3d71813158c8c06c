#include "norm.h"

#include "base/memory.h"
#include "dyt.h"
#include "threshold.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double norm_rstd_of(const Network *network, double variance) {
  /* NaN stays NaN. */
  if (variance < 0) variance = 0;
  return 1 / sqrt(variance + network->config->network.norm_epsilon);
}

NormStatistics norm_statistics_of(const Network *network, const NormMap *map) {
  return (NormStatistics){.n = 1,
                          .elements = map->group_elements,
                          .epsilon = network->config->network.norm_epsilon,
                          .is_centred = map->is_centred,
                          .by_inverse = map->unit == NORM_UNIT_PIXEL};
}

NormCall norm_call(const Context *context, const Op *op, Band band, Dropout *place) {
  const NormMap *map = &norm_of(op)->map;
  return (NormCall){.shape = shape_of(context, op->out),
                    .band = band,
                    .unit = map->unit,
                    .unit_channels = map->unit_channels,
                    .affine = map->affine,
                    .mean = norm_mean(context, op),
                    .rstd = norm_rstd(context, op),
                    .gamma = parameter_of(context, op->weight),
                    .beta = parameter_of(context, op->bias),
                    .dropout = dropout_of(context, op, place),
                    .relu = op->relu,
                    .passes = norm_passes(context, op)};
}

void norm_make(const Context *context, const Op *op,
               void (*kernel)(float *y, const float *x, const NormCall *call)) {
  const Shape s = shape_of(context, op->out);
  const Band band = share_band(context, s, ANY_STEPS);
  const size_t begin = band_begin(band, s);
  Dropout place;
  const NormCall call = norm_call(context, op, band, &place);
  if (band_is_empty(band)) return;
  kernel(activation_of(context, op->out) + begin, activation_of(context, op->in) + begin, &call);
}

NormGradient norm_gradient(const Context *context, const Op *op, double *sum_d, double *sum_dx) {
  const NormMap *map = &norm_of(op)->map;
  const int n_terms = norm_gradient_terms(shape_of(context, op->out), map->unit, map->affine);
  return (NormGradient){.sum_d = sum_d,
                        .sum_dx = sum_dx,
                        .dgamma = gradient_sums(context, op->weight),
                        .dbeta = gradient_sums(context, op->bias),
                        .limit = context->pass->now.gradient_limit / n_terms,
                        .out_of_range = &context->thread->out_of_range};
}

/* Whether pixels are groups by themselves, of which there are many. */
static int groups_are_pixels(const NormOp *norm) {
  return norm->map.unit == NORM_UNIT_PIXEL && norm->group_units == 1;
}

static void group_means(const NormOp *norm, double *sum, Interval groups) {
  const int lanes = block_lanes();
  if (groups_are_pixels(norm)) {
    norm_scale_sums(sum + groups.begin * lanes, (size_t)(groups.end - groups.begin),
                    1.0 / norm->map.group_elements);
    return;
  }
  const size_t n = (size_t)norm->group_units;
  for (size_t g = (size_t)groups.begin; g < (size_t)groups.end; g++) {
    const int *unit = norm->units + g * n;
    double s[LANES] = {0};
    for (size_t i = 0; i < n; i++)
      for (int l = 0; l < lanes; l++) s[l] += sum[unit[i] * lanes + l];
    for (int l = 0; l < lanes; l++) s[l] /= norm->map.group_elements;
    for (size_t i = 0; i < n; i++)
      for (int l = 0; l < lanes; l++) sum[unit[i] * lanes + l] = s[l];
  }
}

void norm_means(const NormOp *norm, double *sum_d, double *sum_dx, Interval groups) {
  group_means(norm, sum_dx, groups);
  if (norm->map.is_centred) {
    group_means(norm, sum_d, groups);
    return;
  }
  const size_t n = (size_t)norm->group_units;
  for (size_t i = (size_t)groups.begin * n; i < (size_t)groups.end * n; i++)
    for (int l = 0; l < block_lanes(); l++) sum_d[norm->units[i] * block_lanes() + l] = 0;
}

static void sizes(Sizes *sizes, const Network *network, const Op *op) {
  (void)network;
  const NormMap *map = &norm_of(op)->map;
  raise_to(&sizes->sums, 2 * (size_t)map->n_units * LANES);
}

static size_t kept(const Op *op) {
  const NormOp *norm = norm_of(op);
  return 2 * (size_t)norm->map.n_units * LANES +
         (norm_keeps_masks(op) ? mask_doubles(norm->n_elements) : 0);
}

/* Before dropout and ReLU; its input where it came from. */
static void observe(const Context *context, const Op *op, const float **before,
                    const float **after) {
  Dropout place;
  const float *x = activation_of(context, op->in);
  NormCall call = norm_call(context, op, band_whole(shape_of(context, op->out)), &place);
  call.dropout = NULL;
  call.relu = 0;
  norm_forward(context->thread->extra, x, &call);
  *before = x;
  *after = context->thread->extra;
}

static Status check(const Network *network, const Op *op, int n_samples) {
  const NormOp *norm = norm_of(op);
  return norm_map_check(&norm->map, norm->spec, op_out(network, op), n_samples);
}

static void release(Op *op) {
  NormOp *norm = op->own;
  norm_map_free(&norm->map);
  free(norm->units);
}

static NormSpec spec_of(const Op *op) {
  return norm_of(op)->spec;
}

/* gamma and beta of channels lie along the axis before rows and columns. */
static int affine_value(Graph *graph, int tensor, NormAffine affine) {
  return affine == NORM_AFFINE_CHANNEL ? graph_of_channels(graph, tensor)
                                       : graph_tensor(graph, tensor);
}

int norm_express_affine(Graph *graph, const Op *op, NormAffine affine, int y) {
  if (op->weight >= 0)
    y = graph_call(graph, GRAPH_MULTIPLY, y, affine_value(graph, op->weight, affine));
  if (op->bias >= 0) y = graph_call(graph, GRAPH_ADD, y, affine_value(graph, op->bias, affine));
  return y;
}

/* How many channels a group reaches over. */
static int group_channels(const NormAxes *over, int c) {
  if (over->channel_parts > 0) return c / over->channel_parts;
  if (over->channels == NORM_ALL) return c;
  return over->channels == NORM_SINGLE ? 1 : over->channels;
}

/* Stored statistics of the groups of a sample, for values [samples][C / K][K][h][w]. */
static int stored(Graph *graph, const Running *running, const char *suffix, const float *data,
                  const int shape[4]) {
  return graph_reshape(graph, graph_array(graph, running->prefix, suffix, data, running->n_groups),
                       4, shape);
}

/* (x - mean) / sqrt(variance + epsilon), with channels parted into groups of K. */
static int express(Graph *graph, const Op *op) {
  const NormOp *norm = norm_of(op);
  const Network *network = graph->network;
  const NormAxes *over = &norm->spec.over;
  const Shape s = op_out(network, op);
  const int k = group_channels(over, s.c),
            is_population = graph->statistics == STATISTICS_POPULATION;
  const int parted[] = {0, s.c / k, k, s.h, s.w}, whole[] = {0, s.c, s.h, s.w};
  const int groups[] = {s.c / k, 1, over->rows ? 1 : s.h, over->columns ? 1 : s.w};
  int axes[3], n_axes = 0;
  if (k > 1) axes[n_axes++] = 2;
  if (over->rows) axes[n_axes++] = 3;
  if (over->columns) axes[n_axes++] = 4;
  const Running *running = norm->running < 0 ? NULL : &network->running[norm->running];
  int x = graph_reshape(graph, graph->activation[op->in], 5, parted), variance;
  if (norm->map.is_centred) {
    const float *means = running && is_population ? running->population.mean
                         : running                ? running->mean
                                                  : NULL;
    const int mean = running ? stored(graph, running, "running_mean", means, groups)
                             : graph_mean(graph, x, n_axes, axes);
    x = graph_call(graph, GRAPH_SUBTRACT, x, mean);
  }
  if (running)
    variance = stored(graph, running, "running_var",
                      is_population ? running->population.variance : running->variance, groups);
  else
    variance = graph_mean(graph, graph_call(graph, GRAPH_MULTIPLY, x, x), n_axes, axes);
  const int epsilon = graph_number(graph, network->config->network.norm_epsilon);
  variance = graph_call(graph, GRAPH_ADD, variance, epsilon);
  x = graph_call(graph, GRAPH_DIVIDE, x, graph_call(graph, GRAPH_ROOT, variance, -1));
  return norm_express_affine(graph, op, norm->map.affine, graph_reshape(graph, x, 4, whole));
}

/* Forward and backward are steps of their own: steps/norm_group.c. */
const OpKind OP_NORM = {
    .name = "norm",
    .forgets_output = 1,
    .takes_tail = 1,
    .works_in_place = 1,
    .n_modules = 1,
    .sizes = sizes,
    .kept = kept,
    .observe = observe,
    .norm = spec_of,
    .release = release,
    .check = check,
    .express = express,
};

static int affine_tensor(Builder *builder, const char *suffix, NormAffine affine, int n_dims,
                         const int *dims, float value) {
  static const char *const WHAT[] = {
      [NORM_AFFINE_CHANNEL] = "scale (weight) or shift (bias) of a norm [channel]",
      [NORM_AFFINE_ELEMENT] = "scale (weight) or shift (bias) of a norm [channel][row][column]",
      [NORM_AFFINE_COLUMN] = "scale (weight) or shift (bias) of a norm [column]",
      [NORM_AFFINE_NONE] = ""};
  Tensor tensor = {.description = WHAT[affine], .is_norm = 1, .n_dims = n_dims, .value = value};
  for (int i = 0; i < n_dims; i++) tensor.dims[i] = dims[i];
  return builder_tensor(builder, suffix, tensor);
}

void norm_affine(Builder *builder, Op *op, NormSpec spec, int n_dims, const int *dims) {
  if (n_dims == 0) return;
  op->weight = affine_tensor(builder, "norm.weight", spec.affine, n_dims, dims, 1);
  if (spec.has_shift) op->bias = affine_tensor(builder, "norm.bias", spec.affine, n_dims, dims, 0);
}

int norm_parameter(Builder *builder, const NormParameter *parameter, int channels) {
  char suffix[40];
  snprintf(suffix, sizeof suffix, "norm.%s", parameter->name);
  return builder_tensor(builder, suffix,
                        (Tensor){.description = parameter->meaning,
                                 .is_norm = 1,
                                 .n_dims = 1,
                                 .dims = {parameter->is_per_channel ? channels : 1},
                                 .value = (float)parameter->first});
}

/* Behind the tensors that there are, as in PyTorch's state_dict. */
static int add_running(Builder *builder, int n_groups) {
  Network *network = builder->network;
  Running *running = &network->running[network->n_running];
  *running = (Running){.tensor = network->n_tensors - 1, .n_groups = n_groups};
  snprintf(running->prefix, sizeof running->prefix, "layers.%d.norm", builder->layer);
  network->crosses_samples = 1;
  return network->n_running++;
}

static Status list_units(NormOp *norm) {
  const NormMap *map = &norm->map;
  int *n_listed;
  norm->group_units = map->n_units / map->n_groups;
  TRY(memory_allocate(&norm->units, (size_t)map->n_units, sizeof *norm->units, "norm groups"));
  TRY(memory_allocate(&n_listed, (size_t)map->n_groups, sizeof *n_listed, "norm groups"));
  for (int u = 0; u < map->n_units; u++) {
    const int g = map->group[u];
    norm->units[g * norm->group_units + n_listed[g]++] = u;
  }
  free(n_listed);
  return status_ok();
}

Status add_norm(Builder *builder, NormSpec spec) {
  if (spec.kind && spec.kind->estimator == NORM_BY_TANH) return add_dyt(builder, spec);
  if (!norm_has_statistics(spec)) return status_ok();
  Shape shape = builder_shape(builder);
  NormMap map;
  Status status = norm_map_make(&map, spec, shape);
  if (status.code == STATUS_USAGE) return BUILDER_ERROR(builder, "%s", status.text);
  if (status.code != STATUS_OK) return status;
  Op *op;
  status = builder_append(builder, &op, &OP_NORM, sizeof(NormOp), shape);
  if (status.code != STATUS_OK) {
    norm_map_free(&map);
    return status;
  }
  NormOp *norm = op->own;
  const size_t n_elements = (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
  *norm = (NormOp){.spec = spec, .map = map, .n_elements = n_elements, .running = -1};
  norm_affine(builder, op, spec, map.gamma_dims, map.gamma_shape);
  if (map.crosses_samples) norm->running = add_running(builder, map.n_groups);
  TRY(list_units(norm));
  return spec.kind->has_threshold ? add_threshold(builder, spec) : status_ok();
}

static const Key KEYS[] = {{"norm", KEY_NORM, 0, .fallback = "=network.norm",
                            .documentation = "Normalization of this layer."}};

static Status build(Builder *builder, const void *settings) {
  return add_norm(builder, *(const NormSpec *)settings);
}

static void title(const void *settings, char *text, size_t bytes) {
  (void)settings;
  snprintf(text, bytes, "norm");
}

const LayerKind LAYER_NORM = {
    .kind = {.name = "norm",
             .summary = "a normalization",
             .keys = KEYS,
             .n_keys = N_KEYS(KEYS),
             .settings_bytes = sizeof(NormSpec)},
    .build = build,
    .title = title,
};
