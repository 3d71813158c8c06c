#include "plots.h"

#include "gnuplot.h"
#include "series.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int plot_begin(Draft *draft, Plots *plots, int width, int height, const char *name,
               const char *title) {
  *draft = (Draft){.plots = plots, .plot = {.width = width, .height = height}};
  Plot *plot = &draft->plot;
  plot->name = strdup(name);
  plot->title = strdup(title);
  draft->commands = open_memstream(&plot->commands, &draft->command_bytes);
  draft->words = open_memstream(&plot->description, &draft->word_bytes);
  draft->tips = open_memstream(&plot->tips, &draft->tip_bytes);
  if (plot->name && plot->title && draft->commands && draft->words && draft->tips) return 1;
  draft->is_broken = 1;
  plot_end(draft);
  return 0;
}

void plot_end(Draft *draft) {
  Plots *plots = draft->plots;
  int failed = draft->is_broken;
  FILE *streams[] = {draft->commands, draft->words, draft->tips};
  for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
    if (streams[i]) failed |= fclose(streams[i]) != 0;
  if (plots->n == plots->capacity) {
    size_t capacity = plots->capacity ? 2 * plots->capacity : 32;
    Plot *plot = reallocarray(plots->plot, capacity, sizeof *plot);
    failed |= !plot;
    if (plot) plots->plot = plot;
    if (plot) plots->capacity = capacity;
  }
  if (!failed)
    plots->plot[plots->n++] = draft->plot;
  else
    plot_free(&draft->plot);
  plots->is_broken |= failed;
}

void plot_element(Draft *draft, const char *block, size_t series, const char *format, ...) {
  Plot *plot = &draft->plot;
  int *element = reallocarray(plot->element, plot->n_elements + 1, sizeof *element);
  if (!element) {
    draft->is_broken = 1;
    return;
  }
  fprintf(draft->commands, "%s$%s%zu using ", plot->n_elements > 0 ? ", " : "plot ", block, series);
  plot->element = element;
  plot->element[plot->n_elements++] = (int)series;
  va_list list;
  va_start(list, format);
  vfprintf(draft->commands, format, list);
  va_end(list);
}

void plot_line(Draft *draft, size_t series, const char *name, size_t gap) {
  enum { NAME = 60 };
  plot_element(draft, "v", series, "1:2 with linespoints lw 1.8 ps 0.6 pi %zu", gap);
  series_print_style(draft->commands, series_of(series));
  fputs(" title ", draft->commands);
  gnuplot_text(draft->commands, name, NAME);
}

void plot_bands(Draft *draft, size_t n) {
  const double opacity = n > 6 ? 0.1 : 0.18; /* many lie upon one another */
  for (size_t i = 0; i < n; i++) {
    plot_element(draft, "v", i, "1:3:4 with filledcurves fs transparent solid %g noborder lc ",
                 opacity);
    series_print_colour(draft->commands, series_of(i).colour);
    fputs(" notitle", draft->commands);
  }
}

void plot_tip(Draft *draft, size_t series, double x, double y, const char *format, ...) {
  if (!isfinite(x) || !isfinite(y)) return;
  fprintf(draft->tips, "%s[%zu,%.6g,%.4g,\"", draft->has_tips ? "," : "", series, x, y);
  draft->has_tips = 1;
  va_list list;
  va_start(list, format);
  vfprintf(draft->tips, format, list);
  va_end(list);
  fputs("\"]", draft->tips);
}

void band_tip(Draft *draft, size_t series, double x, double y, const char *format, ValueBand band) {
  char mean[48], least[48], most[48];
  snprintf(mean, sizeof mean, format, band.mean);
  snprintf(least, sizeof least, format, band.least);
  snprintf(most, sizeof most, format, band.most);
  if (!isfinite(band.mean)) return;
  if (strcmp(least, most) == 0)
    plot_tip(draft, series, x, y, "%s", mean);
  else
    plot_tip(draft, series, x, y, "%s (%s to %s)", mean, least, most);
}

void plot_log_axis(Draft *draft, const char *axis, double least, double most) {
  FILE *out = draft->commands;
  static const int steps[] = {1, 2, 5};
  enum { MOST_FINE = 3, MOST_POWERS = 7 };
  const double deepest = 1e-12; /* of the axis, for numbers that make no sense */
  least = fmax(least, fmax(most * deepest, 1e-300));
  most = fmax(most, least);
  draft->plot.is_log_x |= strcmp(axis, "x") == 0;
  draft->plot.is_log_y |= strcmp(axis, "y") == 0;
  int low = (int)floor(log10(least)), high = (int)ceil(log10(most));
  int is_fine = log10(most / least) < MOST_FINE;
  double from = pow(10, low), to = pow(10, high);
  fprintf(out, "set logscale %s\nset %stics (", axis, axis);
  const char *comma = "";
  int step = is_fine ? 1 : (high - low) / MOST_POWERS + 1;
  for (int power = low; power <= high; power += step)
    for (int k = 0; k < (is_fine ? 3 : 1); k++) {
      double tic = steps[k] * pow(10, power);
      if (tic <= least * (1 + 1e-9)) from = fmax(from, tic);
      if (tic >= most * (1 - 1e-9)) to = fmin(to, tic);
      fprintf(out, "%s'%g' %.9g", comma, tic, tic);
      comma = ", ";
    }
  if (to <= from) to = 2 * from;
  if (strcmp(axis, "cb") == 0) {
    draft->plot.colours_from = from;
    draft->plot.colours_to = to;
  }
  fprintf(out, ")\nset %srange [%.9g:%.9g]\n", axis, from, to);
}
