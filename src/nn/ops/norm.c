#include "norm.h"

#include <math.h>
#include <stdio.h>

double norm_rstd_of(const Network *network, double variance) {
  /* NaN stays NaN. */
  if (variance < 0) variance = 0;
  return 1 / sqrt(variance + network->config->network.norm_epsilon);
}

NormCall norm_call(const Context *context, const Op *op, Band band, Dropout *place) {
  const NormMap *map = &norm_of(op)->map;
  return (NormCall){.shape = shape_of(context, op->out),
                    .band = band,
                    .unit = map->unit,
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

/* The units of a group lie side by side. */
Interval norm_share_units(const Context *context, const NormMap *map) {
  const Interval groups = share_interval(context, map->n_groups);
  Interval units = {0, 0};
  while (units.begin < map->n_units && map->group[units.begin] < groups.begin) units.begin++;
  units.end = units.begin;
  while (units.end < map->n_units && map->group[units.end] < groups.end) units.end++;
  return units;
}

static void group_means(const NormMap *map, double *sum, int first, int last) {
  const int lanes = block_lanes();
  for (int end; first < last; first = end) {
    double s[LANES] = {0};
    for (end = first; end < last && map->group[end] == map->group[first]; end++)
      for (int l = 0; l < lanes; l++) s[l] += sum[end * lanes + l];
    for (int u = first; u < end; u++)
      for (int l = 0; l < lanes; l++) sum[u * lanes + l] = s[l] / map->group_elements;
  }
}

void norm_means(const NormMap *map, double *sum_d, double *sum_dx, int first, int last) {
  group_means(map, sum_dx, first, last);
  if (map->is_centred) {
    group_means(map, sum_d, first, last);
    return;
  }
  for (int i = first * block_lanes(); i < last * block_lanes(); i++) sum_d[i] = 0;
}

static void sizes(Sizes *sizes, const Network *network, const Op *op) {
  (void)network;
  const NormMap *map = &norm_of(op)->map;
  raise_to(&sizes->sums, 2 * (size_t)map->n_units * LANES);
}

static size_t kept(const Op *op) {
  const NormOp *norm = norm_of(op);
  const size_t n_words = (norm->n_elements + sizeof(double) / sizeof(uint16_t) - 1) /
                         (sizeof(double) / sizeof(uint16_t));
  return 2 * (size_t)norm->map.n_units * LANES + (norm_keeps_masks(op) ? n_words : 0);
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
  norm_map_free(&((NormOp *)op->own)->map);
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
    .release = release,
    .check = check,
};

static int parameter(Builder *builder, const char *suffix, const NormMap *map, float value) {
  static const char *const WHAT[] = {
      [NORM_AFFINE_CHANNEL] = "scale (weight) or shift (bias) of a norm [channel]",
      [NORM_AFFINE_ELEMENT] = "scale (weight) or shift (bias) of a norm [channel][row][column]",
      [NORM_AFFINE_COLUMN] = "scale (weight) or shift (bias) of a norm [column]"};
  Tensor tensor = {
      .description = WHAT[map->affine], .is_norm = 1, .n_dims = map->gamma_dims, .value = value};
  for (int i = 0; i < map->gamma_dims; i++) tensor.dims[i] = map->gamma_shape[i];
  return builder_tensor(builder, suffix, tensor);
}

static int add_running(Builder *builder, int channels, int tensor) {
  Network *network = builder->network;
  Running *running = &network->running[network->n_running];
  *running = (Running){.tensor = tensor, .channels = channels};
  snprintf(running->prefix, sizeof running->prefix, "layers.%d.norm", builder->layer);
  network->crosses_samples = 1;
  return network->n_running++;
}

/* Returns STATUS_USAGE for a norm that the executor does not do: it takes units that are channels
 * or rows, groups that are runs of units, and channels for statistics that samples share. */
static Status check_map(const Builder *builder, NormSpec spec, const NormMap *map, Shape shape) {
  char text[NORM_SPEC_TEXT];
  int is_fine = map->unit != NORM_UNIT_PIXEL && map->affine != NORM_AFFINE_NONE;
  for (int u = 1; u < map->n_units; u++) is_fine &= map->group[u - 1] <= map->group[u];
  if (map->crosses_samples) is_fine &= map->n_groups == shape.c && map->n_units == shape.c;
  if (is_fine) return status_ok();
  norm_spec_text(text, spec);
  return BUILDER_ERROR(builder, "norm %s can be explained, but not trained yet", text);
}

Status add_norm(Builder *builder, NormSpec spec) {
  if (!norm_has_statistics(spec)) return status_ok();
  Shape shape = builder_shape(builder);
  NormMap map;
  Status status = norm_map_make(&map, spec, shape);
  if (status.code == STATUS_USAGE) return BUILDER_ERROR(builder, "%s", status.text);
  if (status.code != STATUS_OK) return status;
  Op *op;
  status = check_map(builder, spec, &map, shape);
  if (status.code == STATUS_OK)
    status = builder_append(builder, &op, &OP_NORM, sizeof(NormOp), shape);
  if (status.code != STATUS_OK) {
    norm_map_free(&map);
    return status;
  }
  NormOp *norm = op->own;
  const size_t n_elements = (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
  *norm = (NormOp){.spec = spec, .map = map, .n_elements = n_elements, .running = -1};
  op->weight = parameter(builder, "norm.weight", &map, 1);
  if (map.has_shift) op->bias = parameter(builder, "norm.bias", &map, 0);
  int last = map.has_shift ? op->bias : op->weight;
  if (map.crosses_samples) norm->running = add_running(builder, shape.c, last);
  return status_ok();
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
