#include "report/explain.h"

#include "base/log.h"
#include "report/grouping.h"
#include "report/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GROUPS = 6 };

/* As printed by the course project that made the example, in the order of the groups. */
static const struct Published {
  const char *norm;
  int n;
  const char *mean[MAX_GROUPS], *deviation[MAX_GROUPS];
} published[] = {
    {"batch", 4, {"1.5", "3.66", "7.16", "12.0"}, {".91", "1.97", "3.57", "4.6"}},
    {"layer", 3, {"9.625", "4.125", "4.5"}, {"5.97", "4.13", "2.29"}},
    {"group:2",
     6,
     {"4.25", "15.0", "1.0", "7.25", "2.25", "6.5"},
     {"1.9", "3.16", ".70", "3.76", "1.11", "1.11"}},
};
enum { N_PUBLISHED = sizeof published / sizeof *published };

static const char *const agreement_text[] = {
    [AGREE_ROUNDED] = "agrees",
    [AGREE_CUT_OFF] = "agrees, but is cut off where it should be rounded",
    [AGREE_VARIANCE] = "wrong: this is the variance",
    [AGREE_NOT] = "wrong",
};

static Agreement agreement(double figure, double step, double computed) {
  double slack = 1e-9 * (1 + fabs(computed)); /* figures are decimal, computed ones binary */
  if (fabs(computed - figure) <= step / 2 + slack) return AGREE_ROUNDED;
  double rest = fabs(computed) - fabs(figure);
  if (figure * computed >= 0 && rest >= -slack && rest < step) return AGREE_CUT_OFF;
  return AGREE_NOT;
}

Agreement explain_agreement(const char *text, double computed, double variance) {
  const char *point = strchr(text, '.');
  double figure = strtod(text, NULL);
  double step = pow(10, point ? -(double)strlen(point + 1) : 0);
  Agreement result = agreement(figure, step, computed);
  if (result == AGREE_NOT && agreement(figure, step, variance) != AGREE_NOT) return AGREE_VARIANCE;
  return result;
}

static void add_figure(Table *table, const char *norm, const char *group, const char *what,
                       const char *text, double computed, double variance) {
  table_cell(table, "%s", norm);
  table_cell(table, "%s", group);
  table_cell(table, "%s", what);
  table_cell(table, "%s", text);
  table_cell(table, "%.6g", computed);
  table_cell(table, "%s", agreement_text[explain_agreement(text, computed, variance)]);
}

static Status add_published(Table *table, const struct Published *p, const Values *values) {
  Grouping grouping;
  GroupStatistics statistics[MAX_GROUPS];
  NormSpec spec;
  TRY(norm_spec_parse(&spec, p->norm));
  TRY(grouping_make(&grouping, spec, values->n, values->c, values->h, values->w));
  BUG_IF(grouping.n_groups != (size_t)p->n);
  Status status = grouping_statistics(statistics, &grouping, values->x);
  char group[GROUPING_TEXT];
  for (int k = 0; status.code == STATUS_OK && k < 2 * p->n; k++) {
    int i = k % p->n;
    double mean = statistics[i].mean, variance = statistics[i].variance;
    grouping_text(group, &grouping, (size_t)i);
    if (k < p->n)
      add_figure(table, p->norm, group, "mean", p->mean[i], mean, (double)NAN);
    else
      add_figure(table, p->norm, group, "deviation", p->deviation[i], sqrt(variance), variance);
  }
  grouping_free(&grouping);
  return status;
}

static int is_wanted(const struct Published *p, const NormSpec *spec) {
  char text[NORM_SPEC_TEXT];
  if (!spec) return 1;
  norm_spec_text(text, *spec);
  return strcmp(p->norm, text) == 0;
}

Status explain_published(FILE *out, const NormSpec *spec) {
  int n_wanted = 0;
  for (int i = 0; i < N_PUBLISHED; i++) n_wanted += is_wanted(&published[i], spec);
  if (n_wanted == 0) return status_ok();
  Values values;
  TRY(values_example(&values));
  fprintf(out, "\nPublished figures for these values, beside the computed ones:\n\n");
  static const char *const titles[] = {"<norm",     "<group",   "<figure",
                                       "published", "computed", "<verdict"};
  Table *table = table_new(6, titles);
  Status status = status_ok();
  for (int i = 0; status.code == STATUS_OK && i < N_PUBLISHED; i++)
    if (is_wanted(&published[i], spec)) status = add_published(table, &published[i], &values);
  values_free(&values);
  Status end = table_finish(table, out);
  return status.code != STATUS_OK ? status : end;
}
