#include "report/grouping.h"

#include "base/log.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int sample_groups(const Grouping *g) {
  return g->map.crosses_samples ? norm_map_sample_groups(&g->map, g->n) : g->n;
}

static int sample_group(const Grouping *g, int n) {
  return g->map.crosses_samples ? norm_map_sample_group(&g->map, g->n, n) : n;
}

#define FOR_ELEMENTS(g)                                                                            \
  for (int n = 0; n < (g)->n; n++)                                                                 \
    for (int c = 0; c < (g)->c; c++)                                                               \
      for (int h = 0; h < (g)->h; h++)                                                             \
        for (int w = 0; w < (g)->w; w++)

static Status find_ends(Grouping *g) {
  TRY(memory_allocate(&g->ends, g->n_groups, sizeof *g->ends, "groups"));
  for (size_t k = 0; k < g->n_groups; k++)
    for (int axis = 0; axis < 4; axis++) g->ends[k][axis][0] = -1;
  FOR_ELEMENTS(g) {
    int(*ends)[2] = g->ends[grouping_of(g, n, c, h, w)];
    const int at[] = {n, c, h, w};
    for (int axis = 0; axis < 4; axis++) {
      if (ends[axis][0] < 0 || at[axis] < ends[axis][0]) ends[axis][0] = at[axis];
      if (at[axis] > ends[axis][1]) ends[axis][1] = at[axis];
    }
  }
  return status_ok();
}

Status grouping_make(Grouping *grouping, NormSpec spec, int n, int c, int h, int w) {
  BUG_IF(n < 1 || c < 1 || h < 1 || w < 1);
  *grouping = (Grouping){.spec = spec, .n = n, .c = c, .h = h, .w = w};
  if (!norm_has_statistics(spec)) return status_ok();
  TRY(norm_map_make(&grouping->map, spec, shape_make(c, h, w)));
  grouping->n_groups = (size_t)sample_groups(grouping) * (size_t)grouping->map.n_groups;
  Status status = find_ends(grouping);
  if (status.code != STATUS_OK) grouping_free(grouping);
  return status;
}

void grouping_free(Grouping *grouping) {
  norm_map_free(&grouping->map);
  free(grouping->ends);
  grouping->ends = NULL;
}

static int unit_of(const Grouping *g, int c, int h, int w) {
  switch (g->map.unit) {
  case NORM_UNIT_ROW:
    return c * g->h + h;
  case NORM_UNIT_PIXEL:
    return (c / g->map.unit_channels * g->h + h) * g->w + w;
  default:
    return c;
  }
}

size_t grouping_of(const Grouping *g, int n, int c, int h, int w) {
  BUG_IF(g->n_groups == 0);
  const int group = g->map.group[unit_of(g, c, h, w)];
  return (size_t)sample_group(g, n) * (size_t)g->map.n_groups + (size_t)group;
}

Status grouping_statistics(GroupStatistics *statistics, const Grouping *grouping, const double *x) {
  memset(statistics, 0, grouping->n_groups * sizeof *statistics);
  if (grouping->n_groups == 0) return status_ok();
  const double *element = x;
  FOR_ELEMENTS(grouping) {
    GroupStatistics *s = &statistics[grouping_of(grouping, n, c, h, w)];
    s->mean += *element++;
    s->n++;
  }
  for (size_t k = 0; k < grouping->n_groups; k++) {
    GroupStatistics *s = &statistics[k];
    s->mean = grouping->map.is_centred ? s->mean / (double)s->n : 0;
  }
  element = x;
  FOR_ELEMENTS(grouping) {
    GroupStatistics *s = &statistics[grouping_of(grouping, n, c, h, w)];
    double d = *element++ - s->mean;
    s->variance += d * d;
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
  const NormKind *kind = grouping->spec.kind;
  size_t i = 0;
  FOR_ELEMENTS(grouping) {
    const GroupStatistics *s =
        grouping->n_groups ? &statistics[grouping_of(grouping, n, c, h, w)] : NULL;
    y[i] = s ? (x[i] - s->mean) / sqrt(s->variance + epsilon) : x[i];
    if (kind && kind->at_first) y[i] = kind->at_first(y[i]);
    i++;
  }
}

static void slice_text(char text[24], const int ends[2], int size) {
  if (ends[0] == 0 && ends[1] == size - 1)
    snprintf(text, 24, ":");
  else if (ends[0] == ends[1])
    snprintf(text, 24, "%d", ends[0]);
  else
    snprintf(text, 24, "%d:%d", ends[0], ends[1] + 1);
}

static void place_text(char text[GROUPING_TEXT], const Grouping *g, size_t group, int all_samples) {
  const int sizes[] = {g->n, g->c, g->h, g->w};
  char slices[4][24];
  for (int axis = 0; axis < 4; axis++) slice_text(slices[axis], g->ends[group][axis], sizes[axis]);
  snprintf(text, GROUPING_TEXT, "x[%s, %s, %s, %s]", all_samples ? ":" : slices[0], slices[1],
           slices[2], slices[3]);
}

void grouping_text(char text[GROUPING_TEXT], const Grouping *g, size_t group) {
  place_text(text, g, group, 0);
}

void grouping_running_text(char text[GROUPING_TEXT], const Grouping *g, size_t group) {
  place_text(text, g, group, 1);
}

/* "channels, " or "channels (2 at a time), ". */
static void axis_text(char text[40], const char *name, int n, int is_all) {
  if (is_all)
    snprintf(text, 40, "%s, ", name);
  else
    snprintf(text, 40, "%s (%d at a time), ", name, n);
}

void grouping_axes_text(char text[GROUPING_TEXT], const Grouping *g) {
  const NormAxes over = g->spec.over;
  char samples[40] = "", channels[40] = "";
  const int n_channels = g->n_groups ? g->ends[0][1][1] - g->ends[0][1][0] + 1 : 0;
  if (g->map.crosses_samples)
    axis_text(samples, "samples", g->map.batch_group, sample_groups(g) == 1);
  if (n_channels > 1) axis_text(channels, "channels", n_channels, n_channels == g->c);
  int length = snprintf(text, GROUPING_TEXT, "%s%s%s%s", samples, channels,
                        over.rows ? "rows, " : "", over.columns ? "columns, " : "");
  if (length >= 2) text[length - 2] = '\0';
}

void grouping_parameters_text(char text[GROUPING_TEXT], const Grouping *g) {
  char formula[NORM_COUNT_TEXT];
  const size_t n = norm_parameters(formula, g->spec, shape_make(g->c, g->h, g->w));
  if (n == 0)
    snprintf(text, GROUPING_TEXT, "0");
  else
    snprintf(text, GROUPING_TEXT, "%s = %zu", formula, n);
}
