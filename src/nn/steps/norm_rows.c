/* A norm whose groups of statistics are pixels of one sample: some rows at a time, so that sums,
 * statistics and output are made, and both halves of the backward pass are done, while these rows
 * are in a core's caches. */
#include "classes.h"
#include "norm_apply.h"
#include "parts.h"

static int fits(NormGroup *group, const Network *network, const int *n_readers) {
  const NormMap *map = group->map;
  const Shape s = op_out(network, group->norm);
  (void)n_readers;
  if (map->crosses_samples || map->unit != NORM_UNIT_PIXEL || map->n_groups != map->n_units)
    return 0;
  const int n = (int)(PIXEL_ROWS_BYTES / ((size_t)s.c * (size_t)s.w * LANES * sizeof(float)));
  group->n_rows = n < 1 ? 1 : n < s.h ? n : s.h;
  group->is_local = group->makes_sums = 1;
  group->after = NULL;
  return 1;
}

/* Some rows from `row` on of a share. */
static Band rows_of(Band share, int row, int n_rows) {
  const int left = share.row + share.n_rows - row;
  share.row = row;
  share.n_rows = n_rows < left ? n_rows : left;
  return share;
}

static void forward(const Context *context, const NormGroup *group) {
  const Op *norm = group->norm;
  const Shape s = shape_of(context, norm->out);
  const Band own = norm_group_share(context, group);
  if (band_is_empty(own)) return;
  for (int row = own.row; row < own.row + own.n_rows; row += group->n_rows) {
    const Band band = rows_of(own, row, group->n_rows);
    Dropout place;
    const NormCall call = norm_call(context, norm, band, &place);
    const float *x = norm_input(context, group, band);
    norm_sums_part(context, group->map, s, band, x);
    norm_part_statistics(context, group, band);
    norm_forward(activation_of(context, norm->out) + band_begin(band, s), x, &call);
  }
}

static void backward(const Context *context, const NormGroup *group, double *sum_d,
                     double *sum_dx) {
  const Op *norm = group->norm;
  const Shape s = shape_of(context, norm->out);
  const NormGradient gradient = norm_gradient(context, norm, sum_d, sum_dx);
  const Band own = norm_group_share(context, group);
  if (band_is_empty(own)) return;
  for (int row = own.row; row < own.row + own.n_rows; row += group->n_rows) {
    const Band band = rows_of(own, row, group->n_rows);
    Dropout place;
    const NormCall call = norm_call(context, norm, band, &place);
    norm_backward_sums(NULL, &gradient, gradient_of(context, norm->out) + band_begin(band, s),
                       norm_input(context, group, band), &call);
    for (int c = band.channel; c < band.channel + band.n_channels;)
      norm_means(norm_of(norm), sum_d, sum_dx, norm_band_units(group->map, s, band, &c));
    norm_apply_band(context, group, band, sum_d, sum_dx);
  }
}

const NormTail NORM_ROWS = {.fits = fits, .forward = forward, .backward = backward};
