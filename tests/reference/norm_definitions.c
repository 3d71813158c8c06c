#include "norm_definitions.h"

int norm_definition_sample_groups(NormSpec spec, int samples) {
  if (spec.over.samples == NORM_SINGLE) return samples;
  if (spec.over.samples == NORM_ALL || samples < spec.over.samples) return 1;
  return samples / spec.over.samples;
}

/* Consecutive samples; those left over belong to the last group. */
static int sample_group(NormSpec spec, NormElement e) {
  int size = spec.over.samples == NORM_SINGLE ? 1 : spec.over.samples;
  int last = norm_definition_sample_groups(spec, e.samples) - 1;
  if (size == NORM_ALL) return 0;
  return e.n / size < last ? e.n / size : last;
}

/* Channels that share statistics. */
static int width(NormSpec spec, NormElement e) {
  if (spec.over.channel_parts > 0) return e.channels / spec.over.channel_parts;
  if (spec.over.channels == NORM_ALL) return e.channels;
  return spec.over.channels == NORM_SINGLE ? 1 : spec.over.channels;
}

int norm_definition_group(NormSpec spec, NormElement e) {
  int group = sample_group(spec, e) * (e.channels / width(spec, e)) + e.c / width(spec, e);
  if (!spec.over.rows) group = group * e.rows + e.h;
  if (!spec.over.columns) group = group * e.columns + e.w;
  return group;
}
