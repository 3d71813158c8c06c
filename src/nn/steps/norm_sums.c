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
  double *sum = context->thread->sums, *square = sum + (size_t)group->map->n_units * LANES;
  norm_sums(sum, square, activation_of(context, norm->in), shape_of(context, norm->in),
            group->map->unit);
}

const NormHead NORM_SUMS = {.fits = fits, .sums = sums, .apply = norm_apply};
