#include "plots.h"

#include <stdio.h>

/* Errors in percent that have tics, by the least to be drawn: more of them in a narrow range. */
static const double *error_tics(double least) {
  static const double wide[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5,
                                1,     2,     5,     10,   20,   50,   100, 0};
  static const double low[] = {5, 10, 20, 30, 40, 60, 80, 100, 0};
  static const double lowest[] = {40, 50, 60, 70, 80, 90, 100, 0};
  return least < 5 ? wide : least < 40 ? low : lowest;
}

void plot_accuracy_axis(Draft *draft, double least, double most, int has_text) {
  FILE *out = draft->commands;
  draft->plot.is_log_y = 1;
  double from = 0, to = 0;
  fputs("set logscale y\nset ytics (", out);
  for (const double *error = error_tics(least); *error > 0; error++) {
    if (from == 0 || *error <= least * (1 + 1e-9)) from = *error;
    if (to == 0 && *error >= most * (1 - 1e-9) && *error > from) to = *error;
    fputs(*error > error_tics(least)[0] ? ", " : "", out);
    if (has_text)
      fprintf(out, "'%g' %g", 100 - *error, *error);
    else
      fprintf(out, "'' %g", *error);
  }
  if (to == 0) to = 2 * from;
  const double edge = 1e-4; /* a tic at the very end would be left out */
  fprintf(out, ")\nset yrange [%.9g:%.9g] reverse\n", to * (1 + edge), from * (1 - edge));
}
