#include "sweep_figure.h"

#include "base/memory.h"
#include "comparison_tables.h"
#include "norms/norms.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NORM[] = "network.norm";

/* What a legend says of an evaluation. */
static const char *const LABELS[N_STATISTICS] = {[STATISTICS_RUNNING] = "running averages",
                                                 [STATISTICS_POPULATION] = "all training images",
                                                 [STATISTICS_BATCH] = "groups as in training"};

int figure_crosses_samples(const SweepLine *line) {
  NormSpec spec;
  return norm_spec_parse(&spec, line->point[0].variant->norm).code == STATUS_OK &&
         norm_crosses_samples(spec);
}

/* Whether a line is drawn, of which the sweep is the i-th: evaluations of norms that know no batch
 * are the same. */
static int is_drawn(const SweepLine *line, size_t i) {
  return i == 0 || figure_crosses_samples(line);
}

/* By its evaluation alone where no other line needs its name. */
static Status name_line(FigureLine *line, const Figure *figure, const Evaluations *evaluations,
                        size_t i) {
  const char *way = figure->n_sweeps > 1 && figure_crosses_samples(line->line)
                        ? LABELS[evaluations->way[i]]
                        : NULL;
  size_t n_crossing = 0;
  for (size_t k = 0; k < figure->sweep[0].n; k++)
    n_crossing += figure_crosses_samples(&figure->sweep[0].line[k]);
  int length = !way              ? asprintf(&line->name, "%s", line->line->name)
               : n_crossing == 1 ? asprintf(&line->name, "%s", way)
                                 : asprintf(&line->name, "%s, %s", line->line->name, way);
  if (length >= 0) return status_ok();
  line->name = NULL;
  return status_error(STATUS_MEMORY, "no memory for the name of a line");
}

static Status collect_lines(Figure *figure, const Evaluations *evaluations) {
  size_t n = 0;
  for (size_t i = 0; i < figure->n_sweeps; i++) n += figure->sweep[i].n;
  TRY(memory_allocate(&figure->line, n, sizeof *figure->line, "lines"));
  for (size_t i = 0; i < figure->n_sweeps; i++)
    for (size_t k = 0; k < figure->sweep[i].n; k++) {
      const SweepLine *from = &figure->sweep[i].line[k];
      if (!is_drawn(from, i)) continue;
      FigureLine *line = &figure->line[figure->n++];
      *line = (FigureLine){.sweep = &figure->sweep[i], .line = from, .number = figure->n};
      TRY(name_line(line, figure, evaluations, i));
      for (size_t p = 0; p < from->n; p++) {
        const Variant *variant = from->point[p].variant;
        line->fails |= variant->n_failed > 0;
        if (variant->n_runs == 0) continue;
        if (!figure->n_seeds[0] || variant->n_runs < figure->n_seeds[0])
          figure->n_seeds[0] = variant->n_runs;
        if (variant->n_runs > figure->n_seeds[1]) figure->n_seeds[1] = variant->n_runs;
      }
      figure->fails |= line->fails;
    }
  return status_ok();
}

enum { FAMILY = 3 };

/* Lines that differ in a number in their name alone. */
static void find_families(Figure *figure) {
  double x, other;
  char rest[SWEEP_TEXT], other_rest[SWEEP_TEXT];
  for (size_t i = 0; i < figure->n && figure->n_sweeps == 1; i++) {
    FigureLine *line = &figure->line[i];
    if (!sweep_split(line->name, &x, rest)) continue;
    for (size_t k = 0; k < figure->n; k++) {
      if (!sweep_split(figure->line[k].name, &other, other_rest) || strcmp(rest, other_rest) != 0)
        continue;
      line->family++;
      line->rank += other < x;
    }
  }
}

/* Families by their number, then the others in the order of the ranking, level lines last. */
static int line_order(const void *a, const void *b) {
  const FigureLine *x = a, *y = b;
  double number;
  char rest_x[SWEEP_TEXT] = "", rest_y[SWEEP_TEXT] = "";
  int order = (y->family >= FAMILY) - (x->family >= FAMILY);
  if (order == 0) order = x->line->is_level - y->line->is_level;
  if (order == 0 && x->family >= FAMILY) {
    (void)sweep_split(x->name, &number, rest_x);
    (void)sweep_split(y->name, &number, rest_y);
    order = strcmp(rest_x, rest_y);
    if (order == 0) order = (x->rank > y->rank) - (x->rank < y->rank);
  }
  return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* Lines whose names are numbers in a row have colours in a row, all others have different ones. */
static void choose_looks(Figure *figure) {
  size_t n_others = 0;
  for (size_t i = 0; i < figure->n; i++) {
    FigureLine *line = &figure->line[i];
    line->look =
        line->family >= FAMILY ? series_in_order(line->rank, line->family) : series_of(n_others++);
  }
}

static void widen(double ends[2], double x) {
  if (!isfinite(x)) return;
  ends[0] = fmin(ends[0], x);
  ends[1] = fmax(ends[1], x);
}

static const double PERCENT = 100;

static double missing_or_not(const Figure *figure, double value) {
  return figure->draws_missing ? PERCENT - value : value;
}

double figure_drawn(const Figure *figure, double value) {
  value = missing_or_not(figure, value);
  return figure->is_logarithmic && value < figure->y[0] ? figure->y[0] : value;
}

/* Ends of what is drawn: of means, and of runs and intervals too. */
typedef struct Ends {
  double means[2], all[2];
} Ends;

static Ends find_ends(const Figure *figure) {
  const double most = (double)INFINITY;
  Ends ends = {{most, -most}, {most, -most}};
  for (size_t i = 0; i < figure->n; i++)
    for (size_t p = 0; p < figure->line[i].line->n; p++) {
      const Variant *variant = figure->line[i].line->point[p].variant;
      const MetricValue value = metric_of_variant(figure->metric, variant);
      widen(ends.means, missing_or_not(figure, value.mean));
      widen(ends.all, missing_or_not(figure, value.low));
      widen(ends.all, missing_or_not(figure, value.high));
      for (size_t k = 0; k < variant->n_runs; k++)
        widen(ends.all, missing_or_not(figure, metric_of_run(figure->metric, variant->runs[k])));
    }
  for (int i = 0; i < 2; i++) widen(ends.all, ends.means[i]);
  return ends;
}

/* Logarithmic where means lie more than a factor apart. An interval, or an error of 0, may reach
 * below all means there, but not to 0. */
static void choose_axis(Figure *figure) {
  const double factor = 4;
  figure->draws_missing = figure->metric->has_best;
  Ends ends = find_ends(figure);
  figure->is_logarithmic = ends.means[0] > 0 && ends.means[1] > factor * ends.means[0];
  if (figure->draws_missing && !figure->is_logarithmic) {
    figure->draws_missing = 0;
    ends = find_ends(figure);
  }
  if (figure->is_logarithmic) ends.all[0] = fmax(ends.all[0], ends.means[0] / 2);
  figure->y[0] = ends.all[0], figure->y[1] = ends.all[1];
  if (!(figure->y[0] <= figure->y[1])) figure->y[0] = 0, figure->y[1] = 1;
}

double figure_place(const Figure *figure, double share) {
  const Sweep *sweep = &figure->sweep[0];
  double least = 0, most = 1;
  if (sweep->n_values > 0) {
    least = sweep->value[0].value;
    most = sweep->value[sweep->n_values - 1].value;
  }
  if (sweep->is_logarithmic) return least * pow(most / least, share);
  if (!(most > least)) most = least + 1;
  return least + share * (most - least);
}

/* The runs of level lines have places to the right of all values: each line its own, unless it has
 * a panel of its own. */
static void choose_places(Figure *figure) {
  const double margin = 0.06, step = 0.03;
  const int is_apart = figure->n > FIGURE_MOST_LINES;
  size_t n_level = 0;
  for (size_t i = 0; i < figure->n; i++) {
    if (!figure->line[i].line->is_level) continue;
    if (is_apart) n_level = 0;
    figure->line[i].place = figure_place(figure, 1 + margin + step * (double)n_level++);
  }
  figure->x[0] = figure_place(figure, -margin);
  figure->x[1] = figure_place(figure, 1 + margin + step * (double)n_level);
}

size_t figure_best(const SweepLine *line) {
  size_t best = line->n;
  for (size_t i = 0; i < line->n; i++) {
    const Variant *variant = line->point[i].variant, *other = line->point[best % line->n].variant;
    if (variant->n_runs > 0 &&
        (best == line->n || sweep_is_better(variant->test_accuracy.mean, variant->n_failed,
                                            other->test_accuracy.mean, other->n_failed)))
      best = i;
  }
  return best;
}

Status figure_refuse_metric(const char *name) {
  char names[256];
  metric_names(names, sizeof names);
  return status_error(STATUS_USAGE, "there is no metric '%.60s'; accepted: %s", name, names);
}

static int varies(const Variants *variants, const char *key) {
  for (size_t i = 1; i < variants->n; i++)
    if (!runs_share_key(variants->variant[0].example, variants->variant[i].example, key)) return 1;
  return 0;
}

/* The keys in which variants differ, as the user may write them. */
static void list_axes(char *text, size_t bytes, const Variants *variants) {
  text[0] = '\0';
  for (size_t i = 0; i < variants->n; i++) {
    const Run *run = variants->variant[i].example;
    for (size_t k = 0; k < run->n_keys; k++) {
      const char *key = strcmp(run->keys[k].key, NORM) == 0 ? "norm" : run->keys[k].key;
      size_t used = strlen(text);
      if (!varies(variants, run->keys[k].key)) continue;
      const char *found = strstr(text, key);
      if (found && strchr(", ", found[strlen(key)]) && (found == text || found[-1] == ' '))
        continue;
      snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", key);
    }
  }
  if (!text[0]) snprintf(text, bytes, "none");
}

static Status check_key(const char **full, const Variants *variants, const char *key) {
  char axes[512];
  *full = sweep_find_key(variants, key);
  list_axes(axes, sizeof axes, variants);
  if (!*full)
    return status_error(STATUS_USAGE,
                        "no run has the key '%.60s'; variants differ in these keys: %s", key, axes);
  if (varies(variants, *full)) return status_ok();
  return status_error(STATUS_USAGE, "%.60s is %.60s in all runs; variants differ in these keys: %s",
                      *full, run_key(variants->variant[0].example, *full), axes);
}

static Status make_sweeps(Figure *figure, const Plots *plots, const char *key) {
  const Evaluations *evaluations = plots->evaluations;
  const int has_more = figure->comparison == plots->comparison && evaluations;
  size_t n = has_more && evaluations->n > 1 ? evaluations->n : 1;
  for (size_t i = 0; i < n; i++) {
    const Variants *variants = i ? evaluations->variants[i] : &figure->comparison->variants;
    TRY(sweep_make(&figure->sweep[i], variants, key));
    figure->n_sweeps++;
  }
  if (figure->sweep[0].n_values > 0) return status_ok();
  return status_error(STATUS_USAGE,
                      "no two variants with finished or failed runs differ in the number of their "
                      "norm alone, as batch:2 and batch:4 do");
}

static int has_values(const Figure *figure) {
  for (size_t i = 0; i < figure->n; i++)
    for (size_t p = 0; p < figure->line[i].line->n; p++)
      if (metric_of_variant(figure->metric, figure->line[i].line->point[p].variant).n > 0) return 1;
  return 0;
}

Status figure_make(Figure *figure, const Plots *plots, const Comparison *comparison,
                   const char *metric, const char *key) {
  *figure = (Figure){.comparison = comparison, .metric = metric_find(metric)};
  const char *full;
  if (!figure->metric) return figure_refuse_metric(metric);
  TRY(check_key(&full, &comparison->variants, key));
  Status status = make_sweeps(figure, plots, full);
  if (status.code == STATUS_OK) status = collect_lines(figure, plots->evaluations);
  if (status.code == STATUS_OK && !has_values(figure))
    status = status_error(STATUS_USAGE, "no finished run has the metric %s", metric);
  if (status.code != STATUS_OK) {
    figure_free(figure);
    return status;
  }
  find_families(figure);
  qsort(figure->line, figure->n, sizeof *figure->line, line_order);
  choose_looks(figure);
  choose_places(figure);
  choose_axis(figure);
  figure->marks_best = strcmp(evaluated_word(comparison), "validation ") == 0 &&
                       sweep_longest(&figure->sweep[0]) > 1;
  return status_ok();
}

void figure_free(Figure *figure) {
  for (size_t i = 0; i < figure->n; i++) free(figure->line[i].name);
  for (size_t i = 0; i < figure->n_sweeps; i++) sweep_free(&figure->sweep[i]);
  free(figure->line);
  *figure = (Figure){0};
}
