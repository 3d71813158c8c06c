#include "norm_definitions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* number consecutive samples; those left over belong to the last group */
static int batch_group(NormRow r) {
  int n_groups = r.number && r.n_samples >= r.number ? r.n_samples / r.number : 1;
  int group = r.number ? r.n / r.number : 0;
  if (group >= n_groups) group = n_groups - 1;
  return group * r.channels + r.c;
}

static int layer_group(NormRow r) {
  return r.n;
}

static int row_group(NormRow r) {
  return (r.n * r.channels + r.c) * r.rows + r.i;
}

/* number groups of channels / number channels */
static int group_group(NormRow r) {
  return r.n * r.number + r.c / (r.channels / r.number);
}

/* groups of number channels */
static int width_group(NormRow r) {
  return r.n * (r.channels / r.number) + r.c / r.number;
}

static int instance_group(NormRow r) {
  return r.n * r.channels + r.c;
}

static const NormDefinition DEFINITIONS[] = {
    {"batch", batch_group, NORM_AFFINE_CHANNEL, 1, 0, 0},
    {"batch:", batch_group, NORM_AFFINE_CHANNEL, 1, 0, 0},
    {"layer", layer_group, NORM_AFFINE_CHANNEL, 0, 0, 0},
    {"layer:chw", layer_group, NORM_AFFINE_ELEMENT, 0, 0, 0},
    {"layer:w", row_group, NORM_AFFINE_COLUMN, 0, 0, 0},
    {"group:", group_group, NORM_AFFINE_CHANNEL, 0, 0, 0},
    {"group:c/", width_group, NORM_AFFINE_CHANNEL, 0, 0, 0},
    {"instance", instance_group, NORM_AFFINE_CHANNEL, 0, 0, 0},
    {"rms-batch", batch_group, NORM_AFFINE_CHANNEL, 1, 1, 1},
    {"rms-group:", group_group, NORM_AFFINE_CHANNEL, 0, 1, 1},
};

const NormDefinition *norm_definition(const char *text) {
  size_t length = strcspn(text, "0123456789");
  for (size_t i = 0; i < sizeof DEFINITIONS / sizeof *DEFINITIONS; i++)
    if (strlen(DEFINITIONS[i].name) == length && strncmp(DEFINITIONS[i].name, text, length) == 0)
      return &DEFINITIONS[i];
  fprintf(stderr, "%s has no definition in tests/reference/norm_definitions.c\n", text);
  abort();
}
