#include "row_cut.h"

#include <math.h>
#include <stdlib.h>

static int smaller_first(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double rows_cut(const Metric *metric, const Variants *variants, size_t n) {
  enum { FAR = 3 };
  size_t n_runs = 0, k = 0;
  for (size_t i = 0; i < n; i++) n_runs += variants->variant[i].n_runs;
  double *all = calloc(n_runs + 1, sizeof *all), cut = -(double)INFINITY;
  for (size_t i = 0; all && i < n; i++)
    for (size_t r = 0; r < variants->variant[i].n_runs; r++) {
      const double x = metric_of_run(metric, variants->variant[i].runs[r]);
      if (isfinite(x)) all[k++] = x;
    }
  qsort(all, k, sizeof *all, smaller_first);
  for (size_t i = 1; i < k && 3 * i <= k; i++) {
    double width = fmax(all[k - 1] - all[i], ROWS_LEAST_WIDTH);
    if (all[i] - all[i - 1] > FAR * width) cut = all[i] - 0.4 * width;
  }
  free(all);
  return cut;
}

int rows_print_outside(FILE *out, const Metric *metric, const Variant *variant, size_t number,
                       double cut) {
  const double mean = metric_of_variant(metric, variant).mean;
  const char *comma = "";
  int n_outside = 0;
  for (size_t r = 0; r < variant->n_runs; r++)
    n_outside += metric_of_run(metric, variant->runs[r]) < cut;
  if (n_outside == 0 && !(mean < cut)) return 0;
  double place = (double)number + (mean < cut ? 0 : 0.28);
  fprintf(out,
          "set arrow from graph 0.05,first %g to graph 0.005,first %g filled size graph "
          "0.025,20 lc rgb '#7a7a7a'\nset label '",
          place, place);
  if (mean < cut) fputs("mean ", out);
  if (mean < cut) fprintf(out, metric->format, mean);
  if (mean < cut && variant->n_runs > 1) fputs("; ", out);
  for (size_t r = 0; r < variant->n_runs && variant->n_runs > 1; r++) {
    double x = metric_of_run(metric, variant->runs[r]);
    if (!(x < cut)) continue;
    fputs(comma, out);
    fprintf(out, metric->format, x);
    comma = ", ";
  }
  fprintf(out, "' at graph 0.065,first %g left font ',10'\n", place);
  return 1;
}
