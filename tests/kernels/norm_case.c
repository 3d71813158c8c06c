#include "norm_case.h"

#include "base/exact.h"
#include "kernel_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int group_of(Sharing sharing, int sample, int u, int n_units) {
  switch (sharing) {
  case SHARE_NOTHING:
    return sample * n_units + u;
  case SHARE_SAMPLE:
    return sample;
  case SHARE_BATCH:
    return u;
  default:
    return (sample * 7 + u * 5 + u / 3) % 11;
  }
}

NormVariant norm_variant(int i, int seed) {
  return (NormVariant){(NormUnit)(i / 4), 1 + seed % 3, (NormAffine)(i % 4)};
}

NormCase norm_case_make(int n, int c, int h, int w, NormVariant variant, Sharing sharing,
                        int threshold, int relu, double offset) {
  NormCase k = {.s = shape_make(c, h, w), .n_blocks = (n + LANES - 1) / LANES};
  k.p = (NormProblem){n, c, h, w, variant.unit, 0, variant.affine, NULL, 0, 1e-5, NULL, relu, 0};
  k.p.unit_channels = c % variant.parts == 0 ? c / variant.parts : 1;
  k.no_gamma = k.no_beta = variant.affine == NORM_AFFINE_NONE;
  size_t elements = norm_reference_elements(&k.p), n_gamma = norm_reference_parameters(&k.p);
  size_t per_sample = elements / (size_t)n;
  int n_units = norm_reference_units(&k.p);
  uint64_t state = 17 + elements;
  k.x = aligned_zeros(elements, sizeof *k.x);
  k.dy = aligned_zeros(elements, sizeof *k.dy);
  k.drop = aligned_zeros(elements, sizeof *k.drop);
  k.gamma = aligned_zeros(n_gamma, sizeof *k.gamma);
  k.beta = aligned_zeros(n_gamma, sizeof *k.beta);
  k.group = aligned_zeros((size_t)(n * n_units), sizeof *k.group);
  k.first_sample = 0xfffffff0u; /* numbers wrap: the kernels take them as they are */
  k.dropout = (Dropout){.threshold = threshold, .key = {0x12345678u, 0x9abcdef0u}};
  k.dropout.step = 0x300000007u;
  for (size_t i = 0; i < elements; i++) {
    double deviation = 0.5 + (double)(i / (size_t)(h * w) % (size_t)c);
    k.x[i] = (float)(deviation * (next_normal(&state) + offset));
    k.dy[i] = (float)(next_normal(&state) + 0.2);
    k.drop[i] =
        dropout_reference(&k.dropout, k.first_sample + (uint32_t)(i / per_sample), i % per_sample);
  }
  for (size_t i = 0; i < n_gamma; i++) {
    k.gamma[i] = (float)(1 + 0.5 * next_normal(&state));
    k.beta[i] = (float)next_normal(&state);
  }
  for (int i = 0; i < n; i++)
    for (int u = 0; u < n_units; u++) {
      int g = k.group[i * n_units + u] = group_of(sharing, i, u, n_units);
      if (g >= k.p.n_groups) k.p.n_groups = g + 1;
    }
  k.p.group = k.group;
  if (threshold > 0) k.p.drop = k.drop;
  return k;
}

void norm_case_without(NormCase *k, int gamma, int beta) {
  k->no_gamma |= gamma;
  k->no_beta |= beta;
  for (size_t i = 0; i < norm_reference_parameters(&k->p); i++) {
    if (gamma) k->gamma[i] = 1;
    if (beta) k->beta[i] = 0;
  }
}

void norm_case_free(NormCase *k) {
  free(k->x);
  free(k->dy);
  free(k->drop);
  free(k->gamma);
  free(k->beta);
  free(k->group);
}

static float *floats_of(const double *x, size_t n) {
  float *f = aligned_zeros(n, sizeof *f);
  for (size_t i = 0; i < n; i++) f[i] = (float)x[i];
  return f;
}

/* mean[g] = (sum over the units and samples of group g) / (elements of the group) */
static void share(const NormCase *k, double *mean, const double *unit_sum) {
  int n_units = norm_reference_units(&k->p);
  double unit_size = (double)(k->s.c * k->s.h * k->s.w) / n_units;
  double *count = aligned_zeros((size_t)k->p.n_groups, sizeof *count);
  for (int g = 0; g < k->p.n_groups; g++) mean[g] = 0;
  for (int i = 0; i < k->p.n; i++)
    for (int u = 0; u < n_units; u++) {
      int g = k->group[i * n_units + u];
      mean[g] += unit_sum[(i / LANES * n_units + u) * LANES + i % LANES];
      count[g] += unit_size;
    }
  for (int g = 0; g < k->p.n_groups; g++) mean[g] /= count[g] > 0 ? count[g] : 1;
  free(count);
}

/* Group values to units and lanes; empty lanes get `empty`. */
static void spread(const NormCase *k, double *unit, const double *group_value, double empty) {
  int n_units = norm_reference_units(&k->p);
  for (int i = 0; i < k->n_blocks * LANES; i++)
    for (int u = 0; u < n_units; u++)
      unit[(i / LANES * n_units + u) * LANES + i % LANES] =
          i < k->p.n ? group_value[k->group[i * n_units + u]] : empty;
}

typedef struct Work {
  float *x, *dy, *dz, *gamma, *beta;
  double *a, *b, *mean, *rstd, *group_a, *group_b; /* per unit and lane, per group */
  uint16_t *passes;                                /* [n_blocks][C][H][W] */
  size_t n_unit;                                   /* doubles of a block */
} Work;

static Dropout block_dropout(const NormCase *k, int block, uint32_t lane[LANES]) {
  Dropout d = k->dropout;
  for (int l = 0; l < LANES; l++) lane[l] = k->first_sample + (uint32_t)(block * LANES + l);
  d.lane = lane;
  return d;
}

/* The next band after `band`, which begins as {0}; 0 at the end. Bands lie in arrays of their own,
 * whose channels are farther apart than need be. */
static int next_band(const NormCase *k, Band *band) {
  const int channels = k->channels ? k->channels : k->s.c, rows = k->rows ? k->rows : k->s.h;
  band->row += band->n_rows;
  if (band->n_rows == 0 || band->row == k->s.h) {
    band->channel += band->n_channels;
    band->row = 0;
  }
  if (band->channel == k->s.c) return 0;
  band->n_channels = k->s.c - band->channel < channels ? k->s.c - band->channel : channels;
  band->n_rows = k->s.h - band->row < rows ? k->s.h - band->row : rows;
  band->stride = k->s.stride + 2 * LANES;
  band->x_stride = k->s.stride;
  return 1;
}

static void copy_band(float *whole, float *array, Band band, Shape s, int to_whole) {
  const size_t n = (size_t)(band.n_rows * s.w) * LANES;
  for (int c = 0; c < band.n_channels; c++) {
    float *a = whole + band_begin(band, s) + (size_t)c * s.stride;
    float *b = array + (size_t)c * band.stride;
    memcpy(to_whole ? a : b, to_whole ? b : a, n * sizeof *a);
  }
}

static NormCall block_call(const NormCase *k, const Work *t, int block, const Dropout *d) {
  const size_t u = t->n_unit * (size_t)block;
  return (NormCall){.shape = k->s,
                    .band = band_whole(k->s),
                    .unit = k->p.unit,
                    .unit_channels = k->p.unit_channels,
                    .affine = k->p.affine,
                    .mean = t->mean + u,
                    .rstd = t->rstd + u,
                    .gamma = k->no_gamma ? NULL : t->gamma,
                    .beta = k->no_beta ? NULL : t->beta,
                    .dropout = d->threshold ? d : NULL,
                    .relu = k->p.relu,
                    .passes = t->passes + (size_t)(block * k->s.c * k->s.h * k->s.w)};
}

static void sums_block(const NormCase *k, double *sum, double *square, const float *x) {
  NormCall call = {.shape = k->s, .band = band_whole(k->s), .unit = k->p.unit};
  call.unit_channels = k->p.unit_channels;
  if ((!k->channels && !k->rows) || k->p.unit != NORM_UNIT_PIXEL) {
    norm_sums(sum, square, x, &call);
    return;
  }
  for (Band band = {0}; next_band(k, &band);) {
    call.band = band;
    norm_sums(sum, square, x + band_begin(band, k->s), &call);
  }
}

static void forward_block(const NormCase *k, float *y, const float *x, NormCall call) {
  if (!k->channels && !k->rows) {
    norm_forward(y, x, &call);
    return;
  }
  float *array = aligned_zeros((size_t)k->s.c * (k->s.stride + 2 * LANES), sizeof *array);
  for (Band band = {0}; next_band(k, &band);) {
    call.band = band;
    norm_forward(array, x + band_begin(band, k->s), &call);
    copy_band(y, array, band, k->s, 1);
  }
  free(array);
}

static void backward_block(const NormCase *k, float *dz, const NormGradient *gradient, float *dy,
                           const float *x, NormCall call) {
  if (!k->channels && !k->rows) {
    norm_backward_sums(dz, gradient, dy, x, &call);
    return;
  }
  const size_t n = (size_t)k->s.c * (k->s.stride + 2 * LANES);
  float *band_dy = aligned_zeros(n, sizeof *band_dy);
  norm_backward_begin(gradient, &call);
  for (Band band = {0}; next_band(k, &band);) {
    call.band = band;
    copy_band(dy, band_dy, band, k->s, 0);
    norm_backward_band(band_dy, gradient, band_dy, x + band_begin(band, k->s), &call);
    copy_band(dz, band_dy, band, k->s, 1);
  }
  call.band = band_whole(k->s);
  for (; call.band.channel < k->s.c; call.band.channel++) {
    call.band.n_channels = 1;
    norm_backward_end(gradient, &call);
  }
  free(band_dy);
}

static void apply_block(const NormCase *k, float *dx, float *dy, const float *x,
                        const double *mean_d, const double *mean_dx, int n_valid, NormCall call) {
  if (!k->channels && !k->rows) {
    norm_backward_apply(dx, dy, x, mean_d, mean_dx, n_valid, &call);
    return;
  }
  float *array = aligned_zeros((size_t)k->s.c * (k->s.stride + 2 * LANES), sizeof *array);
  for (Band band = {0}; next_band(k, &band);) {
    call.band = band;
    copy_band(dy, array, band, k->s, 0);
    norm_backward_apply(array, array, x + band_begin(band, k->s), mean_d, mean_dx, n_valid, &call);
    copy_band(dx, array, band, k->s, 1);
  }
  free(array);
}

/* Made again, the output is the same, up to the sign of a zero. */
static void check_again(const NormCase *k, const float *y, const float *x, NormCall call) {
  const size_t n = shape_floats(k->s);
  float *again = aligned_zeros(n, sizeof *again);
  norm_forward_again(again, x, &call);
  for (size_t i = 0; i < n; i++)
    if (!(again[i] == y[i]) && !isnan(y[i]))
      fail_msg("y[%zu] = %g, and %g again", i, y[i], again[i]);
  free(again);
}

static void run_forward(const NormCase *k, Work *t, NormOutcome *o) {
  size_t floats = shape_floats(k->s);
  uint32_t lane[LANES];
  for (int b = 0; b < k->n_blocks; b++)
    sums_block(k, t->a + t->n_unit * (size_t)b, t->b + t->n_unit * (size_t)b,
               t->x + floats * (size_t)b);
  share(k, o->mean, t->a);
  share(k, o->var, t->b);
  for (int g = 0; g < k->p.n_groups; g++) {
    o->var[g] -= o->mean[g] * o->mean[g];
    t->group_a[g] = 1 / sqrt(fmax(0, o->var[g]) + k->p.epsilon);
  }
  spread(k, t->mean, o->mean, 3);
  spread(k, t->rstd, t->group_a, 2);
  for (int b = 0; b < k->n_blocks; b++) {
    Dropout d = block_dropout(k, b, lane);
    const NormCall call = block_call(k, t, b, &d);
    const float *x = t->x + floats * (size_t)b;
    float *y = o->y_block + floats * (size_t)b;
    forward_block(k, y, x, call);
    check_again(k, y, x, call);
  }
}

static void run_backward(const NormCase *k, Work *t, NormOutcome *o) {
  size_t floats = shape_floats(k->s), n_gamma = norm_reference_parameters(&k->p);
  int64_t *dgamma = aligned_zeros(2 * n_gamma, sizeof *dgamma), *dbeta = dgamma + n_gamma;
  uint32_t lane[LANES];
  for (int b = 0; b < k->n_blocks; b++) {
    size_t f = floats * (size_t)b, u = t->n_unit * (size_t)b;
    Dropout d = block_dropout(k, b, lane);
    const NormGradient gradient = {
        t->a + u, t->b + u,        k->no_gamma ? NULL : dgamma, k->no_beta ? NULL : dbeta,
        1e4,      &o->out_of_range};
    backward_block(k, t->dz + f, &gradient, t->dy + f, t->x + f, block_call(k, t, b, &d));
  }
  for (size_t i = 0; i < n_gamma; i++) {
    o->dgamma[i] = exact_gradient_value(dgamma[i]);
    o->dbeta[i] = exact_gradient_value(dbeta[i]);
  }
  share(k, t->group_a, t->a);
  share(k, t->group_b, t->b);
  spread(k, t->a, t->group_a, 5);
  spread(k, t->b, t->group_b, 6);
  for (int b = 0; b < k->n_blocks; b++) {
    size_t f = floats * (size_t)b, u = t->n_unit * (size_t)b;
    int left = k->p.n - b * LANES;
    Dropout d = block_dropout(k, b, lane);
    apply_block(k, o->dx_block + f, t->dy + f, t->x + f, t->a + u, t->b + u,
                left < LANES ? left : LANES, block_call(k, t, b, &d));
  }
  free(dgamma);
}

NormOutcome norm_case_run(const NormCase *k) {
  size_t elements = norm_reference_elements(&k->p), n_gamma = norm_reference_parameters(&k->p);
  size_t blocks = (size_t)k->n_blocks, floats = shape_floats(k->s) * blocks;
  size_t n_groups = (size_t)k->p.n_groups;
  Work t = {.n_unit = (size_t)norm_reference_units(&k->p) * LANES};
  NormOutcome o = {.n_block_floats = floats};
  t.x = aligned_zeros(floats, sizeof(float));
  t.dy = aligned_zeros(floats, sizeof(float));
  t.dz = aligned_zeros(floats, sizeof(float));
  t.passes = aligned_zeros(floats, sizeof(uint16_t));
  t.gamma = floats_of(k->gamma, n_gamma);
  t.beta = floats_of(k->beta, n_gamma);
  t.a = aligned_zeros(4 * t.n_unit * blocks + 2 * n_groups, sizeof(double));
  t.b = t.a + t.n_unit * blocks;
  t.mean = t.b + t.n_unit * blocks;
  t.rstd = t.mean + t.n_unit * blocks;
  t.group_a = t.rstd + t.n_unit * blocks;
  t.group_b = t.group_a + n_groups;
  o.y_block = aligned_zeros(floats, sizeof(float));
  o.dx_block = aligned_zeros(floats, sizeof(float));
  o.mean = aligned_zeros(n_groups, sizeof(double));
  o.var = aligned_zeros(n_groups, sizeof(double));
  o.y = aligned_zeros(elements, sizeof(double));
  o.dx = aligned_zeros(elements, sizeof(double));
  o.dz = aligned_zeros(elements, sizeof(double));
  o.dgamma = aligned_zeros(n_gamma, sizeof(double));
  o.dbeta = aligned_zeros(n_gamma, sizeof(double));
  to_blocks(t.x, k->x, k->p.n, k->s, 7);
  to_blocks(t.dy, k->dy, k->p.n, k->s, 0);
  run_forward(k, &t, &o);
  run_backward(k, &t, &o);
  from_blocks(o.y, o.y_block, k->p.n, k->s);
  from_blocks(o.dx, o.dx_block, k->p.n, k->s);
  from_blocks(o.dz, t.dz, k->p.n, k->s);
  free(t.x);
  free(t.dy);
  free(t.dz);
  free(t.passes);
  free(t.gamma);
  free(t.beta);
  free(t.a);
  return o;
}

void norm_outcome_free(NormOutcome *o) {
  free(o->mean);
  free(o->var);
  free(o->y);
  free(o->dx);
  free(o->dz);
  free(o->dgamma);
  free(o->dbeta);
  free(o->y_block);
  free(o->dx_block);
}
