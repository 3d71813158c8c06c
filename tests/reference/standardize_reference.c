#include "standardize_reference.h"

#include <math.h>
#include <stdlib.h>

static double mean_of(const double *w, size_t n) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) sum += w[k];
  return sum / (double)n;
}

static double deviation_of(const double *w, size_t n) {
  double mean = mean_of(w, n), sum = 0;
  for (size_t k = 0; k < n; k++) sum += pow(w[k] - mean, 2);
  return sqrt(sum / (double)(n - 1));
}

void standardize_reference(double *u, const double *w, size_t n) {
  double mean = mean_of(w, n), s = deviation_of(w, n);
  for (size_t k = 0; k < n; k++) u[k] = (w[k] - mean) / (s + 1e-5);
}

void standardize_reference_backward(double *g, const double *w, size_t n) {
  double mean = mean_of(w, n), s = deviation_of(w, n), t = s + 1e-5;
  double *by_w = calloc(n, sizeof *by_w);
  if (!by_w) abort();
  for (size_t k = 0; k < n; k++)
    for (size_t j = 0; j < n; j++) {
      double ds = s > 0 ? (w[k] - mean) / ((double)(n - 1) * s) : 0; /* ds / dw_k */
      by_w[k] += g[j] * (((j == k) - 1.0 / (double)n) / t - (w[j] - mean) / (t * t) * ds);
    }
  for (size_t k = 0; k < n; k++) g[k] = by_w[k];
  free(by_w);
}
