#include "report/grouping.h"

#include "base/log.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static int sample_groups(const Grouping *g) {
  return g->map.crosses_samples ? norm_map_sample_groups(&g->map, g->n) : g->n;
}

static int sample_group(const Grouping *g, int n) {
  return g->map.crosses_samples ? norm_map_sample_group(&g->map, g->n, n) : n;
}

Status grouping_make(Grouping *grouping, NormSpec spec, int n, int c, int h, int w) {
  BUG_IF(n < 1 || c < 1 || h < 1 || w < 1);
  *grouping = (Grouping){.spec = spec, .n = n, .c = c, .h = h, .w = w};
  if (!norm_has_statistics(spec)) return status_ok();
  TRY(norm_map_make(&grouping->map, spec, shape_make(c, h, w)));
  grouping->n_groups = (size_t)sample_groups(grouping) * (size_t)grouping->map.n_groups;
  return status_ok();
}

void grouping_free(Grouping *grouping) {
  norm_map_free(&grouping->map);
}

size_t grouping_of(const Grouping *g, int n, int c, int h) {
  BUG_IF(g->n_groups == 0);
  int unit = g->map.unit == NORM_UNIT_ROW ? c * g->h + h : c;
  return (size_t)sample_group(g, n) * (size_t)g->map.n_groups + (size_t)g->map.group[unit];
}

#define FOR_ROWS(g)                                                                                \
  for (int n = 0; n < (g)->n; n++)                                                                 \
    for (int c = 0; c < (g)->c; c++)                                                               \
      for (int h = 0; h < (g)->h; h++)

Status grouping_statistics(GroupStatistics *statistics, const Grouping *grouping, const double *x) {
  memset(statistics, 0, grouping->n_groups * sizeof *statistics);
  if (grouping->n_groups == 0) return status_ok();
  const double *row = x;
  FOR_ROWS(grouping) {
    GroupStatistics *s = &statistics[grouping_of(grouping, n, c, h)];
    for (int w = 0; w < grouping->w; w++) s->mean += *row++;
    s->n += (size_t)grouping->w;
  }
  for (size_t k = 0; k < grouping->n_groups; k++) {
    GroupStatistics *s = &statistics[k];
    s->mean = grouping->map.is_centred ? s->mean / (double)s->n : 0;
  }
  row = x;
  FOR_ROWS(grouping) {
    GroupStatistics *s = &statistics[grouping_of(grouping, n, c, h)];
    for (int w = 0; w < grouping->w; w++) {
      double d = *row++ - s->mean;
      s->variance += d * d;
    }
  }
  for (size_t k = 0; k < grouping->n_groups; k++) {
    GroupStatistics *s = &statistics[k];
    s->unbiased = s->n > 1 ? s->variance / (double)(s->n - 1) : (double)NAN;
    s->variance /= (double)s->n;
    if (!isfinite(s->mean) || !isfinite(s->variance)) {
      char text[GROUPING_TEXT];
      grouping_text(text, grouping, k);
      return status_error(STATUS_NUMBERS, "mean or variance of %s is out of range", text);
    }
  }
  return status_ok();
}

void grouping_normalize(double *y, const Grouping *grouping, const GroupStatistics *statistics,
                        const double *x, double epsilon) {
  size_t i = 0;
  FOR_ROWS(grouping) {
    const GroupStatistics *s =
        grouping->n_groups ? &statistics[grouping_of(grouping, n, c, h)] : NULL;
    for (int w = 0; w < grouping->w; w++, i++)
      y[i] = s ? (x[i] - s->mean) / sqrt(s->variance + epsilon) : x[i];
  }
}

/* The indices of an axis that belong to a group. */
typedef struct Slice {
  int first, n;
} Slice;

static void slice_extend(Slice *slice, int i) {
  if (slice->n == 0) slice->first = i;
  slice->n = i - slice->first + 1;
}

static void slice_text(char text[24], Slice slice, int size) {
  if (slice.n == size)
    snprintf(text, 24, ":");
  else if (slice.n == 1)
    snprintf(text, 24, "%d", slice.first);
  else
    snprintf(text, 24, "%d:%d", slice.first, slice.first + slice.n);
}

void grouping_text(char text[GROUPING_TEXT], const Grouping *g, size_t group) {
  Slice samples = {0}, channels = {0}, rows = {0};
  FOR_ROWS(g) {
    if (grouping_of(g, n, c, h) != group) continue;
    slice_extend(&samples, n);
    slice_extend(&channels, c);
    if (channels.n == 1) slice_extend(&rows, h);
  }
  char n[24], c[24], h[24];
  slice_text(n, samples, g->n);
  slice_text(c, channels, g->c);
  slice_text(h, rows, g->h);
  snprintf(text, GROUPING_TEXT, "x[%s, %s, %s, :]", n, c, h);
}

void grouping_axes_text(char text[GROUPING_TEXT], const Grouping *g) {
  char samples[40] = "", channels[40] = "";
  if (g->map.crosses_samples) {
    snprintf(samples, sizeof samples, "samples, ");
    if (sample_groups(g) > 1)
      snprintf(samples, sizeof samples, "samples (%d at a time), ", g->map.batch_group);
  }
  int is_channel = g->map.unit == NORM_UNIT_CHANNEL;
  if (is_channel && g->map.n_groups < g->map.n_units) {
    snprintf(channels, sizeof channels, "channels, ");
    if (g->map.n_groups > 1)
      snprintf(channels, sizeof channels, "channels (%d at a time), ", g->c / g->map.n_groups);
  }
  snprintf(text, GROUPING_TEXT, "%s%s%scolumns", samples, channels, is_channel ? "rows, " : "");
}

void grouping_parameters_text(char text[GROUPING_TEXT], const Grouping *g) {
  static const char *const formulas[] = {
      [NORM_AFFINE_CHANNEL] = "C", [NORM_AFFINE_ELEMENT] = "C H W", [NORM_AFFINE_COLUMN] = "W"};
  if (g->n_groups == 0)
    snprintf(text, GROUPING_TEXT, "0");
  else
    snprintf(text, GROUPING_TEXT, "%s%s = %d", g->map.has_shift ? "2 " : "",
             formulas[g->map.affine], (1 + g->map.has_shift) * g->map.n_gamma);
}

void grouping_module_text(char text[GROUPING_TEXT], const Grouping *g) {
  char module[NORM_MODULE_TEXT] = "-";
  const NormKind *kind = g->spec.kind;
  if (kind && kind->module) kind->module(module, g->spec, shape_make(g->c, g->h, g->w));
  snprintf(text, GROUPING_TEXT, "%s", module);
}
