#include "norms/partition.h"

#include "base/log.h"
#include "base/memory.h"
#include <stdio.h>
#include <stdlib.h>

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
  case NORM_AFFINE_NONE:
    map->n_gamma = 0;
    return;
  }
  map->n_gamma = 1;
  for (int i = 0; i < map->gamma_dims; i++) map->n_gamma *= map->gamma_shape[i];
}

/* Sets the number of consecutive channels in a group, K. */
static Status group_channels(int *k, NormSpec spec, int n_channels) {
  const NormAxes over = spec.over;
  char text[NORM_SPEC_TEXT];
  const int divisor = over.channel_parts ? over.channel_parts : over.channels;
  *k = over.channels == NORM_ALL ? n_channels : 1;
  if (divisor <= 0) return status_ok();
  norm_spec_text(text, spec);
  if (n_channels % divisor != 0)
    return status_error(STATUS_USAGE,
                        "norm %s: %d channels are not divided by %d; choose a divisor", text,
                        n_channels, divisor);
  *k = over.channel_parts ? n_channels / divisor : divisor;
  return status_ok();
}

/* Units are as large as groups and channels allow. A group is K whole channels, or a row of each of
 * K channels, or a unit of its own. */
static void choose_units(NormMap *map, NormAxes over, Shape s, int k) {
  map->unit = over.rows ? NORM_UNIT_CHANNEL : over.columns ? NORM_UNIT_ROW : NORM_UNIT_PIXEL;
  map->unit_channels = over.columns ? 1 : k;
  const int n_places = over.rows ? 1 : over.columns ? s.h : s.h * s.w;
  map->n_units = s.c / map->unit_channels * n_places;
  map->n_groups = s.c / k * n_places;
}

static int group_of_unit(const NormMap *map, int u, int n_channels, int k) {
  const int n_places = map->n_units / (n_channels / map->unit_channels);
  const int channel = u / n_places * map->unit_channels;
  return channel / k * n_places + u % n_places;
}

Status norm_map_make(NormMap *map, NormSpec spec, Shape shape) {
  int k;
  *map = (NormMap){0};
  BUG_IF(!norm_has_statistics(spec));
  TRY(group_channels(&k, spec, shape.c));
  *map = (NormMap){.affine = spec.affine,
                   .is_centred = spec.is_centred,
                   .has_shift = spec.has_shift,
                   .crosses_samples = norm_crosses_samples(spec),
                   .batch_group = norm_crosses_samples(spec) ? norm_batch_group(spec) : 0};
  choose_units(map, spec.over, shape, k);
  map->group_elements = shape.c * shape.h * shape.w / map->n_groups;
  shape_gamma(map, shape);
  TRY(memory_allocate(&map->group, (size_t)map->n_units, sizeof *map->group, "norm groups"));
  for (int u = 0; u < map->n_units; u++) map->group[u] = group_of_unit(map, u, shape.c, k);
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
  char text[NORM_SPEC_TEXT], words[NORM_WORDS_TEXT], samples[32] = "";
  if (norm_map_least_elements(map, n_samples) > 1) return status_ok();
  norm_spec_text(text, spec);
  norm_group_words(words, spec);
  if (map->crosses_samples)
    snprintf(samples, sizeof samples, " and %d sample%s", n_samples, n_samples == 1 ? "" : "s");
  return status_error(
      STATUS_USAGE, "norm %s on %d x %d x %d%s has one element a group of statistics (%s): %s; %s",
      text, shape.c, shape.h, shape.w, samples, words,
      map->is_centred ? "its output does not depend on its input"
                      : "of its input only the sign is left",
      map->crosses_samples ? "take groups of more samples, or another norm here"
                           : "take another norm or none here, or normalize a larger map");
}
