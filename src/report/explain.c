#include "report/explain.h"

#include "base/memory.h"
#include "report/grouping.h"
#include "report/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_GROUPS = 12 }; /* of a norm, in the short form */

/* A norm on some values, worked out. */
typedef struct Work {
  Grouping grouping;
  GroupStatistics *statistics; /* [n_groups] */
  double *y;                   /* [N][C][H][W] */
} Work;

static void work_free(Work *work) {
  grouping_free(&work->grouping);
  free(work->statistics);
  free(work->y);
}

static Status work_fill(Work *work, const Values *v) {
  size_t n = (size_t)v->n * (size_t)v->c * (size_t)v->h * (size_t)v->w;
  TRY(memory_allocate(&work->statistics, work->grouping.n_groups, sizeof *work->statistics,
                      "statistics"));
  TRY(memory_allocate(&work->y, n, sizeof *work->y, "normalized values"));
  TRY(grouping_statistics(work->statistics, &work->grouping, v->x));
  grouping_normalize(work->y, &work->grouping, work->statistics, v->x, EXPLAIN_EPSILON);
  return status_ok();
}

static Status work_make(Work *work, const Values *v, NormSpec spec) {
  *work = (Work){0};
  TRY(grouping_make(&work->grouping, spec, v->n, v->c, v->h, v->w));
  Status status = status_ok();
  if (work->grouping.n_groups > 0)
    status = norm_map_check(&work->grouping.map, spec, shape_make(v->c, v->h, v->w), v->n);
  if (status.code == STATUS_OK) status = work_fill(work, v);
  if (status.code != STATUS_OK) work_free(work);
  return status;
}

static Status print_groups(FILE *out, const Work *work, size_t n_groups) {
  static const char *const centred[] = {"<group",   "elements",  "mean",
                                        "variance", "deviation", "1/sqrt(variance + epsilon)"};
  static const char *const about_0[] = {"<group", "elements", "mean square", "root",
                                        "1/sqrt(mean square + epsilon)"};
  int is_centred = work->grouping.map.is_centred;
  Table *table = table_new(is_centred ? 6 : 5, is_centred ? centred : about_0);
  for (size_t k = 0; k < n_groups; k++) {
    const GroupStatistics *s = &work->statistics[k];
    char text[GROUPING_TEXT];
    grouping_text(text, &work->grouping, k);
    table_cell(table, "%s", text);
    table_cell(table, "%zu", s->n);
    if (is_centred) table_cell(table, "%.6g", s->mean);
    table_cell(table, "%.6g", s->variance);
    table_cell(table, "%.6g", sqrt(s->variance));
    table_cell(table, "%.6g", 1 / sqrt(s->variance + EXPLAIN_EPSILON));
  }
  return table_finish(table, out);
}

static void print_head(FILE *out, const Work *work) {
  const Grouping *g = &work->grouping;
  char spec[NORM_SPEC_TEXT], axes[GROUPING_TEXT], parameters[GROUPING_TEXT];
  char module[NORM_WORDS_TEXT], formula[NORM_WORDS_TEXT];
  norm_spec_text(spec, g->spec);
  norm_formula_words(formula, g->spec);
  grouping_axes_text(axes, g);
  grouping_parameters_text(parameters, g);
  norm_module_words(module, g->spec, shape_make(g->c, g->h, g->w));
  fprintf(out, "%s on x [N=%d][C=%d][H=%d][W=%d]\n", spec, g->n, g->c, g->h, g->w);
  fprintf(out, "  averaged over  %s%s\n",
          g->n_groups ? axes : "nothing: ", g->n_groups ? "" : formula);
  fprintf(out, "  statistics     of %zu group%s\n", g->n_groups, g->n_groups == 1 ? "" : "s");
  fprintf(out, "  parameters     %s (PyTorch: %s)\n", parameters, module);
}

static Status print_values(FILE *out, const Work *work, const double *x) {
  const Grouping *g = &work->grouping;
  const NormKind *kind = g->spec.kind;
  fprintf(out, "\nRows of x and of y, normalized%s%s",
          g->spec.affine == NORM_AFFINE_NONE ? "" : ", with gamma = 1",
          g->spec.has_shift ? " and beta = 0" : "");
  if (kind->parameter.name) fprintf(out, ", %s = %g", kind->parameter.name, kind->parameter.first);
  fputs(":\n\n", out);
  static const char *const titles[] = {"<row", "<x", "<y"};
  Table *table = table_new(3, titles);
  char *text = NULL;
  Status status = memory_allocate(&text, (size_t)g->w, 16, "a row of numbers");
  size_t n_rows = (size_t)g->n * (size_t)g->c * (size_t)g->h, w = (size_t)g->w;
  for (size_t row = 0; status.code == STATUS_OK && row < n_rows; row++) {
    size_t h = (size_t)g->h, c = (size_t)g->c;
    table_cell(table, "x[%zu, %zu, %zu]", row / h / c, row / h % c, row % h);
    const double *sides[] = {x, work->y};
    for (int side = 0; side < 2; side++) {
      size_t used = 0;
      for (size_t i = 0; i < w; i++)
        used += (size_t)snprintf(text + used, 16 * w - used, i ? " %.6g" : "%.6g",
                                 sides[side][row * w + i]);
      table_cell(table, "%s", text);
    }
  }
  free(text);
  Status end = table_finish(table, out);
  return status.code != STATUS_OK ? status : end;
}

/* The statistics of a group of a sample, the mean over the groups of samples of the batch. */
static void running_cells(Table *table, const Work *work, size_t number) {
  const Grouping *g = &work->grouping;
  const size_t n_own = (size_t)g->map.n_groups, n_parts = g->n_groups / n_own;
  double mean = 0, spread = 0;
  for (size_t part = 0; part < n_parts; part++) {
    const GroupStatistics *s = &work->statistics[part * n_own + number];
    mean += s->mean / (double)n_parts;
    spread += (g->map.is_centred ? s->unbiased : s->variance) / (double)n_parts;
  }
  if (g->map.is_centred) table_cell(table, "%.6g", mean);
  table_number(table, "%.6g", spread);
  table_cell(table, "%.6g", EXPLAIN_MOMENTUM * mean);
  table_number(table, "%.6g", 1 - EXPLAIN_MOMENTUM + EXPLAIN_MOMENTUM * spread);
}

static Status print_running(FILE *out, const Work *work) {
  static const char *const centred[] = {"<group", "mean", "unbiased variance", "running_mean",
                                        "running_var"};
  static const char *const about_0[] = {"<group", "mean square", "running_mean", "running_var"};
  const Grouping *g = &work->grouping;
  fprintf(out, "\nRunning statistics after one step (from 0 and 1; new value weighted %g):\n\n",
          EXPLAIN_MOMENTUM);
  Table *table = table_new(g->map.is_centred ? 5 : 4, g->map.is_centred ? centred : about_0);
  for (int k = 0; k < g->map.n_groups; k++) {
    char text[GROUPING_TEXT];
    grouping_running_text(text, g, (size_t)k);
    table_cell(table, "%s", text);
    running_cells(table, work, (size_t)k);
  }
  return table_finish(table, out);
}

static Status print_norm(FILE *out, const Work *work, const Values *values) {
  print_head(out, work);
  if (work->grouping.n_groups == 0)
    return work->grouping.spec.kind->at_first ? print_values(out, work, values->x) : status_ok();
  char formula[NORM_WORDS_TEXT], statistics[NORM_WORDS_TEXT];
  norm_formula_words(formula, work->grouping.spec);
  norm_statistics_words(statistics, work->grouping.spec);
  fprintf(out, "  formula        %s, epsilon = %g,\n                 %s\n\n", formula,
          EXPLAIN_EPSILON, statistics);
  TRY(print_groups(out, work, work->grouping.n_groups));
  TRY(print_values(out, work, values->x));
  return work->grouping.map.crosses_samples ? print_running(out, work) : status_ok();
}

Status explain_norm(FILE *out, const Values *values, NormSpec spec) {
  Work work;
  TRY(work_make(&work, values, spec));
  Status status = print_norm(out, &work, values);
  work_free(&work);
  return status;
}

static Status print_short(FILE *out, const Work *work) {
  print_head(out, work);
  size_t n = work->grouping.n_groups, shown = n < SHORT_GROUPS ? n : SHORT_GROUPS;
  if (n == 0) return status_ok();
  fputc('\n', out);
  TRY(print_groups(out, work, shown));
  if (shown < n) fprintf(out, "and %zu more groups\n", n - shown);
  return status_ok();
}

Status explain_all(FILE *out, const Values *values) {
  NormSpec spec;
  for (int i = 0; (spec = norm_spec_example(i)).kind; i++) {
    Work work;
    if (i) fputc('\n', out);
    Status status = work_make(&work, values, spec);
    if (status.code == STATUS_USAGE) {
      fprintf(out, "%s\n", status.text);
      continue;
    }
    if (status.code != STATUS_OK) return status;
    status = print_short(out, &work);
    work_free(&work);
    if (status.code != STATUS_OK) return status;
  }
  return status_ok();
}

static void print_row(FILE *out, NormSpec spec) {
  static const char *const each[] = {[NORM_AFFINE_CHANNEL] = "per channel",
                                     [NORM_AFFINE_ELEMENT] = "per element",
                                     [NORM_AFFINE_COLUMN] = "per column",
                                     [NORM_AFFINE_NONE] = "-"};
  char text[NORM_SPEC_TEXT], group[NORM_WORDS_TEXT], count[NORM_COUNT_TEXT];
  const NormForm *form = norm_spec_form(spec);
  (void)norm_parameters(count, spec, shape_make(1, 1, 1));
  if (form->example) spec = norm_spec_with(spec, NORM_NUMBER);
  norm_spec_text(text, spec);
  norm_group_words(group, spec);
  fprintf(out, "| `%s` | %s%s%s | %s | %s | %s | %s |\n", text, form->over ? "`" : "",
          form->over ? form->over : "-", form->over ? "`" : "", group, each[spec.affine], count,
          form->source);
}

Status explain_list(FILE *out) {
  NormSpec spec;
  fputs("| `norm` | is | one group of statistics is | scale and shift | parameters of C x H x W | "
        "source |\n| --- | --- | --- | --- | --- | --- |\n",
        out);
  for (int i = 0; (spec = norm_spec_example(i)).kind; i++) print_row(out, spec);
  fputs("| `over(AXES)` of `n`, `n:N`, `c`, `c:N`, `c:C/N`, `h`, `w` | - | what lies along these "
        "axes; a single index of each other one | per channel | 2C | - |\n"
        "| `rms-` before these | the same | the same; not centred: x / sqrt(mean x^2 + epsilon) | "
        "no shift | without those of the shift | Zhang and Sennrich 2019 |\n",
        out);
  return output_flush(out, "standard output");
}
