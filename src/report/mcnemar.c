#include "report/mcnemar.h"

#include "base/log.h"
#include "base/memory.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

double mcnemar_exact(size_t only_a, size_t only_b) {
  gsl_set_error_handler_off(); /* a probability below the smallest double is 0 */
  size_t least = only_a < only_b ? only_a : only_b, n = only_a + only_b;
  if (only_a == only_b) return 1;
  return fmin(1, 2 * gsl_cdf_binomial_P((unsigned)least, 0.5, (unsigned)n));
}

/* sum [n_sums] *= (distribution of step x the heads of n coins), into next, of n_sums + n x step.
 * */
static void add_coins(double *next, const double *sum, size_t n_sums, size_t n, size_t step) {
  for (size_t i = 0; i < n_sums + n * step; i++) next[i] = 0;
  for (size_t heads = 0; heads <= n; heads++) {
    double share = gsl_ran_binomial_pdf((unsigned)heads, 0.5, (unsigned)n);
    double *at = next + heads * step;
    for (size_t i = 0; share > 0 && i < n_sums; i++) at[i] += share * sum[i];
  }
}

Status mcnemar_clustered(double *p, const size_t *n_images, size_t n_seeds, long long total) {
  gsl_set_error_handler_off();
  size_t range = 0; /* largest total */
  for (size_t k = 1; k <= n_seeds; k++) range += k * n_images[k];
  size_t distance = (size_t)llabs(total);
  BUG_IF(distance > range || (range - distance) % 2 != 0);
  double *sum, *next;
  TRY(memory_allocate(&sum, range + 1, sizeof *sum, "a distribution"));
  Status status = memory_allocate(&next, range + 1, sizeof *next, "a distribution");
  size_t n_sums = 1;
  sum[0] = 1;
  for (size_t k = 1; k <= n_seeds && status.code == STATUS_OK; k++) {
    if (n_images[k] == 0) continue;
    add_coins(next, sum, n_sums, n_images[k], k);
    n_sums += n_images[k] * k;
    double *swap = sum;
    sum = next;
    next = swap;
  }
  double tail = 0; /* a total of -distance or less: sum = (range + total) / 2; smallest first */
  for (size_t i = 0; i <= (range - distance) / 2 && i < n_sums; i++) tail += sum[i];
  *p = fmin(1, 2 * tail);
  free(sum);
  free(next);
  return status;
}
