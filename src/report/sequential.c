#include "report/sequential.h"

#include "base/memory.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A statistic z sqrt(share), whose steps between looks are independent and normally distributed
 * with the variance of the step. density: of where it is among studies that go on. */
enum { CELLS = 2000 };

typedef struct Walk {
  double *density, *next; /* [CELLS + 1] at equal distances from -end to end */
  double end;
} Walk;

static double place(const Walk *walk, size_t i) {
  return walk->end * (2 * (double)i / CELLS - 1);
}

/* Simpson's rule. */
static double weight(const Walk *walk, size_t i) {
  double h = 2 * walk->end / CELLS;
  return h / 3 * (i == 0 || i == CELLS ? 1 : i % 2 ? 4 : 2);
}

/* The probability that the statistic is beyond +-bound after a step of this variance. */
static double beyond(const Walk *walk, double variance, double bound) {
  double sum = 0, s = sqrt(variance);
  if (walk->end == 0) return 2 * gsl_cdf_ugaussian_Q(bound / s);
  for (size_t i = 0; i <= CELLS; i++) {
    double x = place(walk, i);
    sum += weight(walk, i) * walk->density[i] *
           (gsl_cdf_ugaussian_Q((bound - x) / s) + gsl_cdf_ugaussian_P((-bound - x) / s));
  }
  return sum;
}

/* Takes the step and cuts off what is beyond +-bound. */
static void step(Walk *walk, double variance, double bound) {
  const double factor = 1 / sqrt(2 * M_PI * variance);
  for (size_t k = 0; k <= CELLS; k++) {
    double y = bound * (2 * (double)k / CELLS - 1), sum = 0;
    if (walk->end == 0) sum = exp(-y * y / (2 * variance));
    for (size_t i = 0; i <= CELLS && walk->end > 0; i++) {
      double d = y - place(walk, i);
      sum += weight(walk, i) * walk->density[i] * exp(-d * d / (2 * variance));
    }
    walk->next[k] = factor * sum;
  }
  memcpy(walk->density, walk->next, (CELLS + 1) * sizeof *walk->density);
  walk->end = bound;
}

static double spent(double share, double level) {
  return 4 * gsl_cdf_ugaussian_Q(gsl_cdf_ugaussian_Qinv(level / 4) / sqrt(share));
}

/* The bound whose crossing has this probability. */
static double find_bound(const Walk *walk, double variance, double probability, double share) {
  double low = 0, high = 12 * sqrt(share);
  for (int i = 0; i < 60; i++) {
    double middle = (low + high) / 2;
    if (beyond(walk, variance, middle) > probability)
      low = middle;
    else
      high = middle;
  }
  return high;
}

Status sequential_levels(double *nominal, const double *share, size_t n_looks, double level) {
  Walk walk = {0};
  TRY(memory_allocate(&walk.density, 2 * (CELLS + 1), sizeof *walk.density, "bounds"));
  walk.next = walk.density + CELLS + 1;
  double before = 0;
  for (size_t k = 0; k < n_looks; k++) {
    double t = share[k], last = k ? share[k - 1] : 0, now = spent(t, level);
    double bound = find_bound(&walk, t - last, now - before, t);
    nominal[k] = 2 * gsl_cdf_ugaussian_Q(bound / sqrt(t));
    if (k + 1 < n_looks) step(&walk, t - last, bound);
    before = now;
  }
  free(walk.density);
  return status_ok();
}

size_t sequential_looks(int looks[SEQUENTIAL_LOOKS], int most) {
  static const int FIRST[] = {3, 4, 6, 8, 10};
  size_t n = 0;
  int next = 0;
  for (size_t i = 0; i < sizeof FIRST / sizeof *FIRST && FIRST[i] < most; i++)
    next = looks[n++] = FIRST[i];
  while (next >= 10 && n + 1 < SEQUENTIAL_LOOKS) {
    next += next / 4;
    if (next >= most) break;
    looks[n++] = next;
  }
  looks[n++] = most;
  return n;
}
