#include "classes.h"
#include "gradient.h"
#include "norm_apply.h"

/* The norm sums its input by itself. */
static int fits(NormGroup *group, const Network *network, const int *n_readers, int batch) {
  (void)network, (void)n_readers, (void)batch;
  group->before = NULL;
  return 1;
}

static void sums(const Context *context, const NormGroup *group) {
  const Op *norm = group->norm;
  const Shape s = shape_of(context, norm->in);
  const Band own = share_channels(context, s, 1);
  const size_t unit = (size_t)(own.channel * (group->map->n_units / s.c) * block_lanes());
  double *sum = sums_of(context) + unit, *square = sum + (size_t)group->map->n_units * LANES;
  if (band_is_empty(own)) return;
  norm_sums(sum, square, activation_of(context, norm->in) + band_begin(own, s), band_shape(own, s),
            group->map->unit);
}

const NormHead NORM_SUMS = {.fits = fits, .sums = sums, .apply = norm_apply};
