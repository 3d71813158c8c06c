#include "standardize.h"

#include "base/exact.h"
#include <math.h>

typedef struct Filter {
  double mean, deviation;
} Filter;

static Filter filter_of(const float *w, size_t n) {
  double sum = 0, square = 0;
  for (size_t k = 0; k < n; k++) sum += w[k];
  const double mean = sum / (double)n;
  for (size_t k = 0; k < n; k++) square += (w[k] - mean) * (w[k] - mean);
  return (Filter){mean, sqrt(square / (double)(n - 1))};
}

void standardize_weights(float *u, const float *w, size_t n_filters, size_t n) {
  for (size_t f = 0; f < n_filters; f++, u += n, w += n) {
    const Filter filter = filter_of(w, n);
    const double scale = 1 / (filter.deviation + STANDARDIZE_EPSILON);
    for (size_t k = 0; k < n; k++) u[k] = (float)((w[k] - filter.mean) * scale);
  }
}

int standardize_gradient(int64_t *gradient, const float *w, size_t n_filters, size_t n) {
  int out_of_range = 0;
  for (size_t f = 0; f < n_filters; f++, gradient += n, w += n) {
    const Filter filter = filter_of(w, n);
    const double scale = 1 / (filter.deviation + STANDARDIZE_EPSILON);
    double sum = 0, product = 0; /* of g, of g (w - mean) */
    for (size_t k = 0; k < n; k++) {
      const double g = exact_gradient_value(gradient[k]);
      sum += g;
      product += g * (w[k] - filter.mean);
    }
    const double mean = sum / (double)n;
    const double slope =
        filter.deviation > 0 ? product * scale * scale / ((double)(n - 1) * filter.deviation) : 0;
    for (size_t k = 0; k < n; k++) {
      const double g = exact_gradient_value(gradient[k]);
      gradient[k] = 0;
      out_of_range |=
          exact_gradient_add(gradient + k, (g - mean) * scale - slope * (w[k] - filter.mean));
    }
  }
  return out_of_range;
}
