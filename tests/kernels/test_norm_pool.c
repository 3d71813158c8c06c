/* A norm and the max pool that reads it: masks that are narrowed to the maxima, and the norm's
 * backward pass from the gradient of the pool's output, beside the formulas in double precision. */
#include "base/exact.h"
#include "kernel_test.h"
#include "kernels/norm.h"
#include "kernels/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { THRESHOLD = 60 };
static const double FACTOR = 256.0 / (256 - THRESHOLD);

/* Exact fits, rows and columns left over, one window, more columns than a run. */
static const int SHAPES[][3] = {{3, 4, 4},   {2, 5, 7},  {1, 2, 2},   {2, 3, 2},
                                {3, 22, 22}, {2, 6, 33}, {1, 17, 17}, {2, 4, 35}};
enum { N_SHAPES = sizeof SHAPES / sizeof *SHAPES };

typedef struct Case {
  Shape s;
  PoolShape pool;
  NormCall call;
  Dropout dropout;
  uint32_t lane[LANES];
  size_t n_elements, n_units, n_gamma;
  float *x, *dy, *y, *gamma, *beta;
  double *mean, *rstd;
  uint16_t *whole; /* the masks before they are narrowed */
} Case;

static int unit_of(const Case *k, int c, int row) {
  return k->call.unit == NORM_UNIT_ROW ? c * k->s.h + row : c;
}
static size_t gamma_of(const Case *k, int c, int row, int column) {
  if (k->call.affine == NORM_AFFINE_CHANNEL) return (size_t)c;
  if (k->call.affine == NORM_AFFINE_COLUMN) return (size_t)column;
  return (size_t)((c * k->s.h + row) * k->s.w + column);
}
static size_t at(Shape s, int c, int row, int column) {
  return (size_t)c * s.stride + (size_t)(row * s.w + column) * LANES;
}

static void set_call(Case *k, NormUnit unit, NormAffine affine, int drops, int relu) {
  k->dropout = (Dropout){THRESHOLD, {1, 2}, 5, k->lane};
  for (int l = 0; l < LANES; l++) k->lane[l] = (uint32_t)(3 * l);
  k->call = (NormCall){.shape = k->s,
                       .band = band_whole(k->s),
                       .unit = unit,
                       .affine = affine,
                       .mean = k->mean,
                       .rstd = k->rstd,
                       .gamma = k->gamma,
                       .beta = k->beta,
                       .dropout = drops ? &k->dropout : NULL,
                       .relu = relu,
                       .passes = aligned_zeros(k->n_elements, sizeof(uint16_t))};
}

static void make(Case *k, const int shape[3], NormUnit unit, NormAffine affine, int drops,
                 int relu) {
  uint64_t state = 3;
  k->s = shape_make(shape[0], shape[1], shape[2]);
  k->pool = (PoolShape){k->s, shape_make(shape[0], shape[1] / 2, shape[2] / 2), 2, 2, 2};
  k->n_elements = (size_t)(shape[0] * shape[1] * shape[2]);
  k->n_units = (size_t)norm_units(k->s, unit, 1);
  k->x = aligned_zeros(shape_floats(k->s), sizeof(float));
  k->y = aligned_zeros(shape_floats(k->s), sizeof(float));
  k->dy = aligned_zeros(shape_floats(k->pool.out), sizeof(float));
  k->gamma = aligned_zeros(k->n_elements, sizeof(float));
  k->beta = aligned_zeros(k->n_elements, sizeof(float));
  k->mean = aligned_zeros(k->n_units * LANES, sizeof(double));
  k->rstd = aligned_zeros(k->n_units * LANES, sizeof(double));
  k->whole = aligned_zeros(k->n_elements, sizeof(uint16_t));
  for (size_t i = 0; i < shape_floats(k->s); i++) k->x[i] = (float)next_normal(&state);
  for (size_t i = 0; i < shape_floats(k->pool.out); i++) k->dy[i] = (float)next_normal(&state);
  for (size_t i = 0; i < k->n_elements; i++) {
    k->gamma[i] = (float)(1 + 0.3 * next_normal(&state));
    k->beta[i] = (float)next_normal(&state);
  }
  for (size_t i = 0; i < k->n_units * LANES; i++) {
    k->mean[i] = next_uniform(&state);
    k->rstd[i] = 1 + 0.5 * next_uniform(&state);
  }
  set_call(k, unit, affine, drops, relu);
}

static void discard(Case *k) {
  void *owned[] = {k->x,    k->y,    k->dy,    k->gamma,      k->beta,
                   k->mean, k->rstd, k->whole, k->call.passes};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}

typedef struct Outcome {
  float *y, *dx;           /* of the pool; of the norm */
  double *sum_d, *sum_dx;  /* [U][16] */
  int64_t *dgamma, *dbeta; /* [n_elements] */
} Outcome;

static Outcome run(const Case *k) {
  const size_t n_sums = k->n_units * LANES;
  Outcome o = {aligned_zeros(shape_floats(k->pool.out), sizeof(float)),
               aligned_zeros(shape_floats(k->s), sizeof(float)),
               aligned_zeros(n_sums, sizeof(double)),
               aligned_zeros(n_sums, sizeof(double)),
               aligned_zeros(k->n_elements, sizeof(int64_t)),
               aligned_zeros(k->n_elements, sizeof(int64_t))};
  NormCall call = k->call;
  int out_of_range = 0;
  const NormGradient gradient = {o.sum_d, o.sum_dx, o.dgamma, o.dbeta, 1e4, &out_of_range};
  norm_forward(k->y, k->x, &call);
  memcpy(k->whole, call.passes, k->n_elements * sizeof *k->whole);
  max_pool_select(o.y, call.passes, k->y, &k->pool);
  call.pooled = &k->pool.out;
  norm_backward_sums(NULL, &gradient, k->dy, k->x, &call);
  assert_int_equal(out_of_range, 0);
  norm_backward_apply(o.dx, k->dy, k->x, k->mean, k->rstd, LANES, &call); /* any two means */
  return o;
}

static void outcome_free(Outcome *o) {
  void *owned[] = {o->y, o->dx, o->sum_d, o->sum_dx, o->dgamma, o->dbeta};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}

/* The gradient of the norm's output, by max_pool_backward(), through the masks, times the factor
 * of dropout. */
static double *gradient_of(const Case *k) {
  const Shape s = k->s;
  float *da = aligned_zeros(shape_floats(s), sizeof *da);
  double *d = aligned_zeros(shape_floats(s), sizeof *d);
  max_pool_backward(da, k->dy, k->y, &k->pool);
  for (int c = 0; c < s.c; c++)
    for (int i = 0; i < s.h * s.w; i++)
      for (int l = 0; l < LANES; l++) {
        const size_t j = at(s, c, 0, i) + (size_t)l;
        const int passes = k->whole[c * s.h * s.w + i] >> l & 1;
        d[j] = (k->call.dropout ? FACTOR : 1) * passes * (double)da[j];
      }
  free(da);
  return d;
}

/* dz = gamma d, sum_d += dz, sum_dx += dz xhat, dgamma += d xhat, dbeta += d, and
 * dx = rstd (dz - mean_d - xhat mean_dx). */
static void check(const Case *k, const Outcome *o) {
  const Shape s = k->s;
  double *d = gradient_of(k);
  double *sum_d = aligned_zeros(k->n_units * LANES, sizeof *sum_d);
  double *sum_dx = aligned_zeros(k->n_units * LANES, sizeof *sum_dx);
  double *dgamma = aligned_zeros(k->n_elements, sizeof *dgamma);
  double *dbeta = aligned_zeros(k->n_elements, sizeof *dbeta);
  for (int c = 0; c < s.c; c++)
    for (int i = 0; i < s.h; i++)
      for (int j = 0; j < s.w; j++)
        for (int l = 0; l < LANES; l++) {
          const size_t e = at(s, c, i, j) + (size_t)l, g = gamma_of(k, c, i, j);
          const size_t u = (size_t)(unit_of(k, c, i) * LANES + l);
          const double xhat = (k->x[e] - k->mean[u]) * k->rstd[u], dz = k->gamma[g] * d[e];
          sum_d[u] += dz;
          sum_dx[u] += dz * xhat;
          dgamma[g] += d[e] * xhat;
          dbeta[g] += d[e];
          const double dx = k->rstd[u] * (dz - k->mean[u] - xhat * k->rstd[u]);
          assert_one_near(o->dx[e], dx, 2e-6 * (1 + fabs(dx)), "dx");
        }
  const double tolerance = 1e-6 * s.h * s.w;
  assert_near(o->sum_d, sum_d, k->n_units * LANES, tolerance, "sum_d");
  assert_near(o->sum_dx, sum_dx, k->n_units * LANES, tolerance, "sum_dx");
  for (size_t i = 0; i < k->n_elements; i++) {
    assert_one_near(exact_gradient_value(o->dgamma[i]), dgamma[i], LANES * tolerance, "dgamma");
    assert_one_near(exact_gradient_value(o->dbeta[i]), dbeta[i], LANES * tolerance, "dbeta");
  }
  double *all[] = {d, sum_d, sum_dx, dgamma, dbeta};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void check_pool(const Case *k, const Outcome *o) {
  const size_t n = shape_floats(k->pool.out);
  float *y = aligned_zeros(n, sizeof *y);
  max_pool_forward(y, k->y, &k->pool);
  assert_memory_equal(o->y, y, n * sizeof *y);
  free(y);
}

static void check_case(const int shape[3], NormUnit unit, NormAffine affine, int drops, int relu) {
  Case first;
  make(&first, shape, unit, affine, drops, relu);
  assert_true(use_isa(ISA_PORTABLE));
  Outcome portable = run(&first);
  check(&first, &portable);
  check_pool(&first, &portable);
  for (Isa isa = ISA_PORTABLE + 1; isa < ISA_COUNT; isa++) {
    if (!use_isa(isa)) continue;
    Case k;
    make(&k, shape, unit, affine, drops, relu);
    Outcome o = run(&k);
    check_pool(&k, &o);
    assert_memory_equal(k.call.passes, first.call.passes, k.n_elements * sizeof(uint16_t));
    assert_memory_equal(o.dx, portable.dx, shape_floats(k.s) * sizeof(float));
    assert_memory_equal(o.sum_d, portable.sum_d, k.n_units * LANES * sizeof(double));
    assert_memory_equal(o.sum_dx, portable.sum_dx, k.n_units * LANES * sizeof(double));
    assert_memory_equal(o.dgamma, portable.dgamma, k.n_elements * sizeof(int64_t));
    outcome_free(&o);
    discard(&k);
  }
  outcome_free(&portable);
  discard(&first);
}

static void test_formulas(void **state) {
  (void)state;
  for (int i = 0; i < N_SHAPES; i++)
    for (int v = 0; v < 6; v++)
      for (int after = 1; after < 4; after++)
        check_case(SHAPES[i], v / 3, v % 3, after & 1, after >> 1);
}

/* The masks go where max_pool_backward() gives the gradient: to the first of equals, and to the
 * last NaN. */
static void test_ties(void **state) {
  (void)state;
  const Shape s = shape_make(2, 9, 21);
  const PoolShape pool = {s, shape_make(2, 4, 10), 2, 2, 2};
  const size_t n = shape_floats(s), n_out = shape_floats(pool.out), n_elements = 2 * 9 * 21;
  float *x = aligned_zeros(n, sizeof *x), *dx = aligned_zeros(n, sizeof *dx);
  float *y = aligned_zeros(n_out, sizeof *y), *dy = aligned_zeros(n_out, sizeof *dy);
  uint16_t *passes = aligned_zeros(n_elements, sizeof *passes);
  uint64_t seed = 7;
  for (size_t i = 0; i < n; i++) {
    x[i] = (float)rint(next_normal(&seed));
    if (x[i] == 2) x[i] = NAN;
  }
  for (size_t i = 0; i < n_out; i++) dy[i] = 1;
  for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
    if (!use_isa(isa)) continue;
    memset(passes, 0xff, n_elements * sizeof *passes);
    max_pool_select(y, passes, x, &pool);
    max_pool_backward(dx, dy, x, &pool);
    for (int c = 0; c < 2; c++)
      for (int i = 0; i < 9 * 21; i++)
        for (int l = 0; l < LANES; l++)
          assert_int_equal(passes[c * 9 * 21 + i] >> l & 1, dx[at(s, c, 0, i) + (size_t)l] == 1);
  }
  free(x);
  free(dx);
  free(y);
  free(dy);
  free(passes);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_formulas), cmocka_unit_test(test_ties)};
  return cmocka_run_group_tests(tests, use_lanes, NULL);
}
