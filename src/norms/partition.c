#include "norms/partition.h"

#include "base/log.h"
#include "base/memory.h"
#include "row.h"
#include <stdio.h>
#include <stdlib.h>

Status partition_sample(int *n_groups, NormSpec spec, Shape shape) {
  (void)spec, (void)shape;
  *n_groups = 1;
  return status_ok();
}

Status partition_channels(int *n_groups, NormSpec spec, Shape shape) {
  (void)spec;
  *n_groups = shape.c;
  return status_ok();
}

Status partition_rows(int *n_groups, NormSpec spec, Shape shape) {
  (void)spec;
  *n_groups = shape.c * shape.h;
  return status_ok();
}

static Status check_divisor(NormSpec spec, Shape shape) {
  char text[NORM_SPEC_TEXT];
  if (shape.c % spec.n == 0) return status_ok();
  norm_spec_text(text, spec);
  return status_error(STATUS_USAGE, "norm %s: %d channels are not divided by %d; choose a divisor",
                      text, shape.c, spec.n);
}

Status partition_into_groups(int *n_groups, NormSpec spec, Shape shape) {
  *n_groups = spec.n;
  return check_divisor(spec, shape);
}

Status partition_by_width(int *n_groups, NormSpec spec, Shape shape) {
  *n_groups = shape.c / spec.n;
  return check_divisor(spec, shape);
}

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
  BUG_IF(!norm_has_statistics(spec));
  const NormKind *kind = spec.kind;
  int n_groups;
  TRY(kind->partition(&n_groups, spec, shape));
  *map = (NormMap){.unit = kind->unit,
                   .affine = kind->affine,
                   .is_centred = kind->is_centred,
                   .has_shift = kind->has_shift,
                   .crosses_samples = norm_crosses_samples(spec),
                   .batch_group = norm_crosses_samples(spec) ? norm_batch_group(spec) : 0,
                   .n_units = norm_units(shape, kind->unit),
                   .n_groups = n_groups,
                   .group_elements = shape.c * shape.h * shape.w / n_groups};
  BUG_IF(map->n_units % n_groups != 0);
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

int64_t norm_map_least_elements(const NormMap *map, int n_samples) {
  int least = 1;
  if (map->crosses_samples) {
    int n_groups = norm_map_sample_groups(map, n_samples);
    least = norm_map_group_samples(map, n_samples, 0);
    for (int g = 1; g < n_groups; g++) {
      int n = norm_map_group_samples(map, n_samples, g);
      if (n < least) least = n;
    }
  }
  return (int64_t)map->group_elements * least;
}

Status norm_map_check(const NormMap *map, NormSpec spec, Shape shape, int n_samples) {
  char text[NORM_SPEC_TEXT], samples[32] = "";
  if (norm_map_least_elements(map, n_samples) > 1) return status_ok();
  norm_spec_text(text, spec);
  if (map->crosses_samples)
    snprintf(samples, sizeof samples, " and %d sample%s", n_samples, n_samples == 1 ? "" : "s");
  return status_error(
      STATUS_USAGE, "norm %s on %d x %d x %d%s has one element a group of statistics (%s): %s; %s",
      text, shape.c, shape.h, shape.w, samples, norm_spec_form(spec)->group,
      map->is_centred ? "its output does not depend on its input"
                      : "of its input only the sign is left",
      map->crosses_samples ? "take groups of more samples, or another norm here"
                           : "take another norm or none here, or normalize a larger map");
}
