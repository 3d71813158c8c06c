#include "base/series.h"

#include <math.h>

#define LOG_2 0x1.62e42fefa39efp-1

/* Taylor's series, from its last term on. */
void series_sine_and_cosine(double *sine, double *cosine, double degrees) {
  enum { TERMS = 14 };
  double x = degrees * (M_PI / 180), s = 1, c = 1;
  for (int k = TERMS; k > 0; k--) {
    s = 1 - x * x / (2 * k * (2 * k + 1)) * s;
    c = 1 - x * x / (2 * k * (2 * k - 1)) * c;
  }
  *sine = x * s;
  *cosine = c;
}

/* x = m 2^e with m around 1: log x = e log 2 + 2 (t + t^3/3 + t^5/5 ...), t = (m - 1) / (m + 1). */
double series_log(double x) {
  enum { TERMS = 11 };
  int e;
  double m = frexp(x, &e), sum = 0;
  if (m < M_SQRT1_2) {
    m *= 2;
    e--;
  }
  double t = (m - 1) / (m + 1), square = t * t;
  for (int k = TERMS; k >= 0; k--) sum = sum * square + 1.0 / (2 * k + 1);
  return e * LOG_2 + 2 * t * sum;
}

/* x = n log 2 + r with |r| <= log 2 / 2: e^x = 2^n e^r. */
double series_exp(double x) {
  enum { TERMS = 14 };
  double n = rint(x / LOG_2), r = x - n * LOG_2, sum = 1;
  for (int k = TERMS; k > 0; k--) sum = 1 + r / k * sum;
  return ldexp(sum, (int)n);
}
