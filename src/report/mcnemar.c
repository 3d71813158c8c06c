#include "report/mcnemar.h"

#include <math.h>

double mcnemar_exact(size_t only_a, size_t only_b) {
  size_t least = only_a < only_b ? only_a : only_b;
  double n = (double)only_a + (double)only_b, k = (double)least;
  /* The largest term, k = least, in logarithms; the others by their ratios to it. */
  double log_term = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2);
  double sum = 0, ratio = 1;
  for (; k >= 0 && ratio > 0; k--) {
    sum += ratio;
    ratio *= k / (n - k + 1);
  }
  double p = 2 * exp(log_term + log(sum));
  return p < 1 ? p : 1;
}
