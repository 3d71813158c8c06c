#include "kernel_test.h"
#include "norm_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int SHAPES[][3] = {{1, 1, 1},  {5, 1, 1}, {1, 6, 5},  {3, 4, 1},
                                {2, 1, 19}, {4, 5, 7}, {3, 24, 24}};
enum { N_SHAPES = sizeof SHAPES / sizeof SHAPES[0], SAMPLES = 37 };

/* The twin's own derivative against differences of its forward pass. */
static void check_twin(NormVariant variant, Sharing sharing, int threshold, int relu) {
  NormCase k = norm_case_make(5, 3, 4, 5, variant, sharing, threshold, relu, 0.5);
  size_t n = norm_reference_elements(&k.p), m = norm_reference_parameters(&k.p);
  double *dx = aligned_zeros(n, sizeof *dx), *y = aligned_zeros(n, sizeof *y);
  double *dgamma = aligned_zeros(m, sizeof *dgamma), *dbeta = aligned_zeros(m, sizeof *dbeta);
  norm_reference_backward(&k.p, dx, dgamma, dbeta, k.dy, k.x, k.gamma, k.beta);
  struct {
    double *value, *derivative;
    size_t n;
    const char *name;
  } part[] = {{k.x, dx, n, "dx"}, {k.gamma, dgamma, m, "dgamma"}, {k.beta, dbeta, m, "dbeta"}};
  for (int a = 0; a < 3; a++)
    for (size_t i = 0; i < part[a].n; i += 1 + part[a].n / 40) {
      const double step = 1e-6;
      double kept = part[a].value[i], loss[2];
      for (int side = 0; side < 2; side++) {
        part[a].value[i] = kept + (side ? step : -step);
        norm_reference_forward(&k.p, y, k.x, k.gamma, k.beta);
        loss[side] = 0;
        for (size_t j = 0; j < n; j++) loss[side] += k.dy[j] * y[j];
      }
      part[a].value[i] = kept;
      double slope = (loss[1] - loss[0]) / (2 * step);
      assert_one_near(part[a].derivative[i], slope, 1e-6 * (1 + fabs(slope)), part[a].name);
    }
  free(dx);
  free(y);
  free(dgamma);
  free(dbeta);
  norm_case_free(&k);
}

static void test_twin(void **state) {
  (void)state;
  for (int v = 0; v < N_NORM_VARIANTS; v++)
    for (Sharing sharing = SHARE_NOTHING; sharing <= SHARE_SCATTERED; sharing++)
      for (int after = 0; after < 4; after++)
        check_twin(norm_variant(v, after), sharing, after & 1 ? 77 : 0, after >> 1);
}

/* How far dgamma and dbeta may be from the twin's. With u = 2^-24, the error of one rounding to
 * float, and d = factor q, where q is dy through the masks, dgamma is the sum of d xhat and dbeta
 * that of d. Relative to the magnitude of each term, these are rounded to float:
 *
 * - One gamma a channel: x - center, 8 multiply-adds in a row, even plus odd elements, and factor
 *   make 11 u. For dbeta, 8 additions in a row of which the first is exact, even plus odd elements,
 *   and factor make 9 u.
 * - The same where units are pixels: x - center, scale, the multiply-add with them, 16
 *   multiply-adds in a row, and factor make 20 u; for dbeta, 15 additions and factor make 16 u.
 * - Others: x - center, scale, the multiply-add with them, q xhat, and factor make 5 u; for dbeta,
 *   factor alone makes 1 u.
 *
 * The rest is in double precision. One more u is for products of errors and for the statistics. The
 * terms that are rounded are q (x - center), not q (x - mean), which differ by up to u |mean|. */
typedef struct Limits {
  double *dgamma, *dbeta;
} Limits;

static Limits limits_of(const NormCase *k) {
  size_t n = norm_reference_elements(&k->p), m = norm_reference_parameters(&k->p);
  size_t n_groups = (size_t)k->p.n_groups;
  Limits limits = {aligned_zeros(m, sizeof(double)), aligned_zeros(m, sizeof(double))};
  double *ones = aligned_zeros(m, sizeof *ones), *zeros = aligned_zeros(m, sizeof *zeros);
  double *y = aligned_zeros(n, sizeof *y), *xhat = aligned_zeros(n, sizeof *xhat);
  double *d = aligned_zeros(n, sizeof *d), *dx = aligned_zeros(n, sizeof *dx);
  double *mean = aligned_zeros(n_groups, sizeof *mean), *var = aligned_zeros(n_groups, sizeof *var);
  for (size_t i = 0; i < m; i++) ones[i] = 1;
  NormProblem plain = k->p;
  plain.drop = NULL;
  plain.relu = 0;
  norm_reference_forward(&k->p, y, k->x, k->gamma, k->beta);
  norm_reference_forward(&plain, xhat, k->x, ones, zeros);
  /* The magnitudes of the terms are the terms of another problem: |d| with the sign of xhat. */
  for (size_t i = 0; i < n; i++) {
    double kept = k->p.drop ? k->p.drop[i] : 1;
    d[i] = k->p.relu && !(y[i] > 0) ? 0 : fabs(kept * k->dy[i]);
  }
  norm_reference_backward(&plain, dx, y, limits.dbeta, d, k->x, ones, zeros);
  for (size_t i = 0; i < n; i++) d[i] = copysign(d[i], xhat[i]);
  norm_reference_backward(&plain, dx, limits.dgamma, y, d, k->x, ones, zeros);
  double far = 0, u = 0x1p-24;
  norm_reference_statistics(&k->p, mean, var, k->x);
  for (size_t g = 0; g < n_groups; g++)
    far = fmax(far, fabs(mean[g]) / sqrt(var[g] + k->p.epsilon));
  const int is_channel = k->p.affine == NORM_AFFINE_CHANNEL;
  const int is_pixel = k->p.unit == NORM_UNIT_PIXEL;
  const int most = !is_channel ? 6 : is_pixel ? 21 : 12;
  for (size_t i = 0; i < m; i++) {
    limits.dgamma[i] = most * u * (limits.dgamma[i] + u * far * limits.dbeta[i]);
    limits.dbeta[i] *= (!is_channel ? 2 : is_pixel ? 17 : 10) * u;
  }
  double *all[] = {ones, zeros, y, xhat, d, dx, mean, var};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  return limits;
}

/* dz = gamma dy through dropout and ReLU. */
static void check_dz(const NormCase *k, const NormOutcome *o, const double *y) {
  for (size_t i = 0; i < norm_reference_elements(&k->p); i++) {
    const double drop = k->p.drop ? k->p.drop[i] : 1, pass = !k->p.relu || y[i] > 0;
    const int is_one = k->p.affine == NORM_AFFINE_NONE;
    const double gamma = is_one ? 1 : k->gamma[norm_reference_parameter_of(&k->p, i)];
    const double dz = gamma * pass * drop * k->dy[i];
    assert_one_near(o->dz[i], dz, 2e-7 * fabs(dz), "dz");
  }
}

/* What the twin has for a case. */
typedef struct Twin {
  double *y, *dx, *dgamma, *dbeta;
  Limits limits;
} Twin;

static Twin twin_make(const NormCase *k) {
  size_t n = norm_reference_elements(&k->p), m = norm_reference_parameters(&k->p);
  Twin t = {aligned_zeros(n, sizeof(double)), aligned_zeros(n, sizeof(double)),
            aligned_zeros(m, sizeof(double)), aligned_zeros(m, sizeof(double)), limits_of(k)};
  norm_reference_forward(&k->p, t.y, k->x, k->gamma, k->beta);
  norm_reference_backward(&k->p, t.dx, t.dgamma, t.dbeta, k->dy, k->x, k->gamma, k->beta);
  return t;
}

static void twin_free(Twin *t) {
  double *all[] = {t->y, t->dx, t->dgamma, t->dbeta, t->limits.dgamma, t->limits.dbeta};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void check_against_twin(const NormCase *k, const NormOutcome *o, const Twin *t) {
  size_t n = norm_reference_elements(&k->p), m = norm_reference_parameters(&k->p);
  const double *y = t->y, *dx = t->dx;
  /* Groups of one element have rstd = 316 and cancel to zero: there the scale of what cancels. */
  double scale = largest_magnitude(k->dy, n) * (largest_magnitude(dx, n) > 1e-9 ? 1 : 1e3);
  assert_near(o->y, y, n, 1e-6 * (1 + largest_magnitude(y, n)), "y");
  check_dz(k, o, y);
  assert_int_equal(o->out_of_range, 0);
  assert_near(o->dx, dx, n, 2e-6 * (scale + largest_magnitude(dx, n)), "dx");
  for (size_t i = 0; i < m; i++) {
    if (!k->no_gamma) assert_one_near(o->dgamma[i], t->dgamma[i], t->limits.dgamma[i], "dgamma");
    if (!k->no_beta) assert_one_near(o->dbeta[i], t->dbeta[i], t->limits.dbeta[i], "dbeta");
  }
}

static void assert_same_bits(const NormOutcome *a, const NormOutcome *b, const NormCase *k) {
  size_t m = norm_reference_parameters(&k->p), n_groups = (size_t)k->p.n_groups;
  assert_memory_equal(a->y_block, b->y_block, a->n_block_floats * sizeof(float));
  assert_memory_equal(a->dx_block, b->dx_block, a->n_block_floats * sizeof(float));
  assert_memory_equal(a->mean, b->mean, n_groups * sizeof(double));
  assert_memory_equal(a->var, b->var, n_groups * sizeof(double));
  assert_memory_equal(a->dgamma, b->dgamma, m * sizeof(double));
  assert_memory_equal(a->dbeta, b->dbeta, m * sizeof(double));
}

/* Lanes without a sample get no gradient. */
static void assert_empty_lanes_zero(const NormCase *k, const NormOutcome *o) {
  for (size_t i = 0; i < o->n_block_floats; i++) {
    size_t sample = i / shape_floats(k->s) * LANES + i % LANES;
    if (sample >= (size_t)k->p.n && o->dx_block[i] != 0) fail_msg("dx of an empty lane");
  }
}

/* All instruction sets, and in bands; frees the case. */
static void check_case(NormCase k) {
  assert_true(use_isa(ISA_PORTABLE));
  NormOutcome portable = norm_case_run(&k);
  Twin twin = twin_make(&k);
  check_against_twin(&k, &portable, &twin);
  assert_empty_lanes_zero(&k, &portable);
  for (Isa isa = ISA_PORTABLE + 1; isa < ISA_COUNT; isa++)
    if (use_isa(isa)) {
      NormOutcome other = norm_case_run(&k);
      assert_same_bits(&other, &portable, &k);
      norm_outcome_free(&other);
    }
  /* In bands, which have the same twin; for units that are pixels, bands of whole units have the
   * same bits, and the statistics of all bands. */
  for (int step = 1; step <= 3; step++) {
    const int is_whole = step == 3, is_pixel = k.p.unit == NORM_UNIT_PIXEL;
    if (is_whole && !is_pixel) break;
    k.channels = is_whole ? k.p.unit_channels : step;
    k.rows = is_whole ? 2 : 3 - step;
    NormOutcome bands = norm_case_run(&k);
    check_against_twin(&k, &bands, &twin);
    assert_memory_equal(bands.mean, portable.mean, (size_t)k.p.n_groups * sizeof(double));
    assert_memory_equal(bands.var, portable.var, (size_t)k.p.n_groups * sizeof(double));
    if (is_whole) assert_same_bits(&bands, &portable, &k);
    norm_outcome_free(&bands);
  }
  norm_outcome_free(&portable);
  twin_free(&twin);
  norm_case_free(&k);
}

static void check_kernels(const int shape[3], NormVariant variant, Sharing sharing, int threshold,
                          int relu, double offset) {
  check_case(norm_case_make(SAMPLES, shape[0], shape[1], shape[2], variant, sharing, threshold,
                            relu, offset));
}

static void test_kernels(void **state) {
  (void)state;
  for (int i = 0; i < N_SHAPES; i++)
    for (int v = 0; v < N_NORM_VARIANTS; v++)
      for (Sharing sharing = SHARE_NOTHING; sharing <= SHARE_SCATTERED; sharing++)
        for (int after = 0; after < 4; after++)
          check_kernels(SHAPES[i], norm_variant(v, i + after), sharing, after & 1 ? 77 : 0,
                        after >> 1, 0.5);
}

/* A norm without gamma, without beta, and without both. */
static void test_without_parameters(void **state) {
  (void)state;
  for (int without = 1; without < 4; without++)
    for (int v = 0; v < N_NORM_VARIANTS; v++)
      for (int after = 0; after < 4; after++) {
        NormCase k =
            norm_case_make(SAMPLES, 4, 5, 7, norm_variant(v, after),
                           v & 1 ? SHARE_BATCH : SHARE_SAMPLE, after & 1 ? 77 : 0, after >> 1, 0.5);
        norm_case_without(&k, without & 1, without >> 1);
        check_case(k);
      }
}

/* Means of 1,000 and 10,000 deviations. */
static void test_large_mean(void **state) {
  (void)state;
  const int shape[3] = {4, 5, 7};
  for (double offset = 1e3; offset <= 1e4; offset *= 10)
    for (int v = 0; v < N_NORM_VARIANTS; v++) {
      check_kernels(shape, norm_variant(v, 0), SHARE_BATCH, 0, 0, offset);
      check_kernels(shape, norm_variant(v, 1), SHARE_NOTHING, 0, 0, -offset);
    }
}

static void test_variance(void **state) {
  (void)state;
  for (double offset = 1; offset <= 1e4; offset *= 10) {
    NormCase k =
        norm_case_make(SAMPLES, 3, 24, 24, norm_variant(0, 0), SHARE_NOTHING, 0, 0, offset);
    size_t n_groups = (size_t)k.p.n_groups;
    double *mean = aligned_zeros(n_groups, sizeof *mean),
           *var = aligned_zeros(n_groups, sizeof *var);
    norm_reference_statistics(&k.p, mean, var, k.x);
    NormOutcome o = norm_case_run(&k);
    for (size_t g = 0; g < n_groups; g++) {
      assert_one_near(o.mean[g] / mean[g], 1, 1e-13, "mean");
      assert_one_near(o.var[g] / var[g], 1, 1e-6, "variance");
    }
    norm_outcome_free(&o);
    norm_case_free(&k);
    free(mean);
    free(var);
  }
}

/* A constant channel: the variance is zero up to rounding, of either sign, and y is beta. */
static void test_constant(void **state) {
  (void)state;
  NormCase k = norm_case_make(SAMPLES, 2, 3, 7, norm_variant(0, 0), SHARE_BATCH, 0, 0, 0);
  for (size_t i = 0; i < norm_reference_elements(&k.p); i++) k.x[i] = 1234.5678f;
  NormOutcome o = norm_case_run(&k);
  for (int g = 0; g < k.p.n_groups; g++)
    assert_one_near(o.var[g], 0, 1e-14 * 1234.6 * 1234.6, "variance");
  for (size_t i = 0; i < norm_reference_elements(&k.p); i++)
    assert_one_near(o.y[i], k.beta[i / 21 % 2], 1e-6, "y");
  norm_outcome_free(&o);
  norm_case_free(&k);
}

/* A NaN or infinity in one element must show in every output of its group, dropped or not. */
static void test_not_finite(void **state) {
  (void)state;
  for (int i = 0; i < 8 * N_NORM_VARIANTS; i++) {
    NormCase k = norm_case_make(SAMPLES, 3, 4, 5, norm_variant(i / 8, i), SHARE_BATCH,
                                i & 1 ? 200 : 0, i & 2 ? 1 : 0, 1);
    k.x[7] = i & 4 ? NAN : INFINITY;
    for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
      if (!use_isa(isa)) continue;
      NormOutcome o = norm_case_run(&k);
      /* Without gamma no gradient tells; the loss does. */
      assert_int_equal(o.out_of_range, k.p.affine != NORM_AFFINE_NONE);
      const int unit = norm_reference_unit_of(&k.p, 7);
      for (int j = 0; j < SAMPLES * 60; j++)
        if (norm_reference_unit_of(&k.p, (size_t)j) == unit && !isnan(o.y[j]))
          fail_msg("y[%d] = %g hides a NaN", j, o.y[j]);
      norm_outcome_free(&o);
    }
    norm_case_free(&k);
  }
}

/* Sums of the backward pass against doubles, relative to the sum of magnitudes, on rows of
 * gradients that cancel and values whose mean is 1,000 deviations. */
static void test_backward_sums(void **state) {
  (void)state;
  const Shape s = shape_make(1, 28, 28);
  size_t n = shape_floats(s), n_elements = 28 * 28;
  float *x = aligned_zeros(n, sizeof *x), *dy = aligned_zeros(n, sizeof *dy);
  float *dz = aligned_zeros(n, sizeof *dz);
  double mean[LANES], rstd[LANES], sum_d[LANES], sum_dx[LANES];
  uint64_t seed = 5;
  for (size_t i = 0; i < n_elements * LANES; i++) {
    x[i] = (float)(1000 + next_normal(&seed));
    dy[i] = (float)((i / LANES % 2 ? 1 : -1) * (1 + 1e-3 * next_normal(&seed)) *
                    pow(10, (double)(i / LANES % 28) / 7));
  }
  for (int l = 0; l < LANES; l++) {
    mean[l] = 1000 + 1e-5 * l;
    rstd[l] = 1;
  }
  for (Isa isa = ISA_PORTABLE; isa < ISA_COUNT; isa++) {
    if (!use_isa(isa)) continue;
    const NormCall call = {.shape = s, .band = band_whole(s), .mean = mean, .rstd = rstd};
    const NormGradient gradient = {.sum_d = sum_d, .sum_dx = sum_dx};
    norm_backward_sums(dz, &gradient, dy, x, &call);
    for (int l = 0; l < LANES; l++) {
      double d = 0, dx = 0, size_d = 0, size_dx = 0;
      for (size_t i = (size_t)l; i < n_elements * LANES; i += LANES) {
        double xhat = x[i] - mean[l];
        d += dy[i];
        dx += dy[i] * xhat;
        size_d += fabs(dy[i]);
        size_dx += fabs(dy[i] * xhat);
      }
      assert_one_near(sum_d[l] / size_d, d / size_d, 2e-8, "sum_d");
      assert_one_near(sum_dx[l] / size_dx, dx / size_dx, 2e-8, "sum_dx");
    }
  }
  free(x);
  free(dy);
  free(dz);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_twin),
      cmocka_unit_test(test_kernels),
      cmocka_unit_test(test_without_parameters),
      cmocka_unit_test(test_large_mean),
      cmocka_unit_test(test_variance),
      cmocka_unit_test(test_constant),
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_backward_sums),
  };
  return cmocka_run_group_tests(tests, use_lanes, NULL);
}
