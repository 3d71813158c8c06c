#include "nn/norm_map.h"

#include "base/memory.h"
#include <stdlib.h>

/* A map function: the number of groups of a sample, and the group of unit u of n_units. */
typedef struct Variant {
  NormKind kind;
  NormUnit unit;
  NormAffine affine;
  int crosses_samples;
  int (*n_groups)(NormSpec spec, Shape shape); /* 0: does not fit */
} Variant;

static int one_group(NormSpec spec, Shape shape) {
  (void)spec, (void)shape;
  return 1;
}

static int group_a_channel(NormSpec spec, Shape shape) {
  (void)spec;
  return shape.c;
}

static int group_a_row(NormSpec spec, Shape shape) {
  (void)spec;
  return shape.c * shape.h;
}

static int groups_given(NormSpec spec, Shape shape) {
  return shape.c % spec.n == 0 ? spec.n : 0;
}

static int channels_given(NormSpec spec, Shape shape) {
  return shape.c % spec.n == 0 ? shape.c / spec.n : 0;
}

/* Units are numbered channel by channel, and groups are runs of consecutive units of equal length.
 */
static const Variant VARIANTS[] = {
    {NORM_BATCH, NORM_UNIT_CHANNEL, NORM_AFFINE_CHANNEL, 1, group_a_channel},
    {NORM_LAYER, NORM_UNIT_CHANNEL, NORM_AFFINE_CHANNEL, 0, one_group},
    {NORM_LAYER_CHW, NORM_UNIT_CHANNEL, NORM_AFFINE_ELEMENT, 0, one_group},
    {NORM_LAYER_W, NORM_UNIT_ROW, NORM_AFFINE_COLUMN, 0, group_a_row},
    {NORM_GROUP, NORM_UNIT_CHANNEL, NORM_AFFINE_CHANNEL, 0, groups_given},
    {NORM_GROUP_CHANNELS, NORM_UNIT_CHANNEL, NORM_AFFINE_CHANNEL, 0, channels_given},
    {NORM_INSTANCE, NORM_UNIT_CHANNEL, NORM_AFFINE_CHANNEL, 0, group_a_channel},
};

static void shape_gamma(NormMap *map, Shape shape) {
  switch (map->affine) {
  case NORM_AFFINE_CHANNEL:
    map->gamma_dims = 1;
    map->gamma_shape[0] = shape.c;
    break;
  case NORM_AFFINE_ELEMENT:
    map->gamma_dims = 3;
    map->gamma_shape[0] = shape.c, map->gamma_shape[1] = shape.h, map->gamma_shape[2] = shape.w;
    break;
  case NORM_AFFINE_COLUMN:
    map->gamma_dims = 1;
    map->gamma_shape[0] = shape.w;
    break;
  }
  map->n_gamma = 1;
  for (int i = 0; i < map->gamma_dims; i++) map->n_gamma *= map->gamma_shape[i];
}

Status norm_map_make(NormMap *map, NormSpec spec, Shape shape) {
  *map = (NormMap){0};
  const Variant *variant = NULL;
  for (size_t i = 0; i < sizeof VARIANTS / sizeof *VARIANTS; i++)
    if (VARIANTS[i].kind == spec.kind) variant = &VARIANTS[i];
  char text[NORM_SPEC_TEXT];
  norm_spec_text(text, spec);
  if (!variant) return status_error(STATUS_USAGE, "norm %s has no statistics", text);
  int n_groups = variant->n_groups(spec, shape);
  if (n_groups == 0)
    return status_error(STATUS_USAGE,
                        "norm %s: %d channels are not divided by %d; choose a divisor", text,
                        shape.c, spec.n);
  *map = (NormMap){.unit = variant->unit,
                   .affine = variant->affine,
                   .crosses_samples = variant->crosses_samples,
                   .batch_group = variant->crosses_samples ? spec.n : 0,
                   .n_units = norm_units(shape, variant->unit),
                   .n_groups = n_groups,
                   .group_elements = shape.c * shape.h * shape.w / n_groups};
  shape_gamma(map, shape);
  TRY(memory_allocate(&map->group, (size_t)map->n_units, sizeof *map->group, "norm groups"));
  for (int u = 0; u < map->n_units; u++) map->group[u] = u / (map->n_units / n_groups);
  return status_ok();
}

void norm_map_free(NormMap *map) {
  free(map->group);
  map->group = NULL;
}

int norm_map_sample_groups(const NormMap *map, int n_samples) {
  if (map->batch_group == 0 || n_samples < map->batch_group) return 1;
  return n_samples / map->batch_group;
}

int norm_map_sample_group(const NormMap *map, int n_samples, int sample) {
  if (map->batch_group == 0) return 0;
  int group = sample / map->batch_group, last = norm_map_sample_groups(map, n_samples) - 1;
  return group < last ? group : last;
}

int norm_map_group_samples(const NormMap *map, int n_samples, int g) {
  int n_groups = norm_map_sample_groups(map, n_samples);
  if (g < n_groups - 1) return map->batch_group;
  return n_samples - (n_groups - 1) * map->batch_group;
}
