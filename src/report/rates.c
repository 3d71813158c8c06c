#include "report/two_samples.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

double fisher_exact(size_t failed, size_t n, size_t other_failed, size_t other_n) {
  unsigned sum = (unsigned)(failed + other_failed);
  if (n == 0 || other_n == 0) return 1;
  double seen = gsl_ran_hypergeometric_pdf((unsigned)failed, (unsigned)n, (unsigned)other_n, sum);
  double p = 0;
  for (unsigned k = 0; k <= sum && k <= n; k++) {
    double of_table = gsl_ran_hypergeometric_pdf(k, (unsigned)n, (unsigned)other_n, sum);
    if (of_table <= seen * (1 + 1e-7)) p += of_table; /* equal ones differ by rounding */
  }
  return fmin(1, p);
}

Interval rate_interval(size_t failed, size_t n, double confidence) {
  double tail = (1 - confidence) / 2, k = (double)failed, rest = (double)(n - failed);
  if (n == 0) return (Interval){(double)NAN, (double)NAN};
  return (Interval){failed == 0 ? 0 : gsl_cdf_beta_Pinv(tail, k, rest + 1),
                    failed == n ? 1 : gsl_cdf_beta_Qinv(tail, k + 1, rest)};
}
