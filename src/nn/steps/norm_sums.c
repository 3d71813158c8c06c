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
  const Band own = norm_sums_share(context, group->map, s);
  if (band_is_empty(own)) return;
  norm_sums_part(context, group->map, s, own,
                 activation_of(context, norm->in) + band_begin(own, s));
}

const NormHead NORM_SUMS = {.fits = fits, .sums = sums, .apply = norm_apply};
