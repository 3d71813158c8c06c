#include "report/comparison.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Csv {
  FILE *out;
  int has_cells, is_title;
} Csv;

static void begin(Csv *csv) {
  if (csv->has_cells) fputc(',', csv->out);
  csv->has_cells = 1;
}

static void end_line(Csv *csv) {
  fputc('\n', csv->out);
  csv->has_cells = 0;
}

static void quote(Csv *csv, const char *text) {
  if (!text[strcspn(text, ",\"\r\n")]) {
    fputs(text, csv->out);
    return;
  }
  fputc('"', csv->out);
  for (; *text; text++) {
    if (*text == '"') fputc('"', csv->out);
    fputc(*text, csv->out);
  }
  fputc('"', csv->out);
}

/* Each cell goes by its title, which is what is printed in the first line. */
static void put_text(Csv *csv, const char *title, const char *text) {
  begin(csv);
  quote(csv, csv->is_title ? title : text ? text : "");
}

static void put_number(Csv *csv, const char *title, double number) {
  begin(csv);
  if (csv->is_title)
    fputs(title, csv->out);
  else if (isfinite(number))
    fprintf(csv->out, "%.17g", number);
}

static void put_count(Csv *csv, const char *title, int64_t count) {
  begin(csv);
  if (csv->is_title)
    fputs(title, csv->out);
  else if (count >= 0)
    fprintf(csv->out, "%" PRId64, count);
}

static void put_parts(Csv *csv, const char *title, const char *const parts[], const double *number,
                      size_t n) {
  for (size_t i = 0; i < n; i++) {
    char name[64];
    snprintf(name, sizeof name, "%s_%s", title, parts[i]);
    put_number(csv, name, number[i]);
  }
}

static void put_summary(Csv *csv, const char *title, const Summary *s) {
  static const char *const parts[] = {"mean", "deviation", "low", "high"};
  put_parts(csv, title, parts, (double[]){s->mean, s->deviation, s->interval.low, s->interval.high},
            4);
}

static void put_paired(Csv *csv, const char *title, const Paired *p) {
  static const char *const parts[] = {"mean",    "deviation", "t_low", "t_high",
                                      "bca_low", "bca_high",  "p_t",   "p_flip"};
  const Summary *s = &p->summary;
  put_parts(csv, title, parts,
            (double[]){s->mean, s->deviation, s->interval.low, s->interval.high, p->bootstrap.low,
                       p->bootstrap.high, p->p, p->p_flip},
            8);
}

static void put_variant(Csv *csv, size_t rank, const Variant *v) {
  put_count(csv, "rank", (int64_t)rank);
  put_text(csv, "variant", v->name);
  put_text(csv, "norm", v->norm);
  put_text(csv, "keys", v->keys);
  put_count(csv, "seeds", (int64_t)v->n_runs);
  put_count(csv, "diverged", (int64_t)v->n_diverged);
  put_count(csv, "unfinished", (int64_t)v->n_unfinished);
  put_count(csv, "parameters", v->parameters);
  put_summary(csv, "test_accuracy", &v->test_accuracy);
  put_summary(csv, "test_loss", &v->test_loss);
  put_summary(csv, "train_accuracy", &v->train_accuracy);
  put_summary(csv, "train_loss", &v->train_loss);
  put_summary(csv, "images_per_second", &v->images_per_second);
  put_summary(csv, "epoch_seconds", &v->epoch_seconds);
  put_count(csv, "reached", (int64_t)v->n_reached);
  put_number(csv, "reach_epochs", v->reach_epochs);
  put_number(csv, "reach_seconds", v->reach_seconds);
}

static void put_difference(Csv *csv, const Difference *d) {
  put_text(csv, "baseline", d->baseline ? d->baseline->name : NULL);
  put_text(csv, "verdict", d->baseline ? verdict_text(d->verdict) : NULL);
  put_count(csv, "pairs", d->baseline ? (int64_t)d->n_pairs : -1);
  put_paired(csv, "accuracy_difference", &d->accuracy);
  put_number(csv, "accuracy_difference_p_t_holm", d->accuracy.p_holm);
  put_paired(csv, "loss_difference", &d->loss);
  put_number(csv, "p_images", d->p_images);
  put_number(csv, "p_images_holm", d->p_images_holm);
  put_count(csv, "seeds_needed", d->n_needed ? (int64_t)d->n_needed : -1);
  put_number(csv, "planned_difference", d->planned);
}

/* Of the baseline itself. */
static Difference no_difference(void) {
  double none = (double)NAN;
  Paired paired = {{0, none, none, {none, none}}, {none, none}, none, none, none};
  return (Difference){
      .accuracy = paired, .loss = paired, .p_images = none, .p_images_holm = none, .planned = none};
}

void comparison_print_csv(FILE *out, const Comparison *comparison) {
  const Variants *variants = &comparison->variants;
  Csv csv = {.out = out, .is_title = 1};
  const Difference none = no_difference();
  Variant empty = {.n_runs = 0};
  put_variant(&csv, 0, &empty);
  put_difference(&csv, &none);
  end_line(&csv);
  csv.is_title = 0;
  for (size_t i = 0; i < variants->n; i++) {
    const Difference *difference = &none;
    for (size_t k = 0; k < comparison->n_differences; k++)
      if (comparison->differences[k].variant == &variants->variant[i])
        difference = &comparison->differences[k];
    put_variant(&csv, i + 1, &variants->variant[i]);
    put_difference(&csv, difference);
    end_line(&csv);
  }
}

static const char *variant_of(const Comparison *comparison, const Run *run) {
  for (size_t i = 0; i < comparison->variants.n; i++) {
    const Variant *variant = &comparison->variants.variant[i];
    for (size_t k = 0; k < variant->n_runs; k++)
      if (variant->runs[k] == run) return variant->name;
  }
  return "";
}

static void put_run(Csv *csv, const Run *run, const char *variant, double reach) {
  double epochs, seconds;
  run_reach(run, reach, &epochs, &seconds);
  put_text(csv, "file", run->file);
  put_text(csv, "variant", variant);
  put_text(csv, "name", run->name);
  put_text(csv, "norm", run->norm);
  put_text(csv, "seed", run->seed);
  put_text(csv, "status", run->status);
  put_text(csv, "left_out", run->reason);
  put_text(csv, "data", run->data);
  put_text(csv, "evaluated", run->evaluated);
  put_count(csv, "epochs", run->epochs);
  put_count(csv, "parameters", run->parameters);
  put_number(csv, "test_accuracy", run->test_accuracy);
  put_number(csv, "test_loss", run->test_loss);
  put_number(csv, "train_accuracy", run->train_accuracy);
  put_number(csv, "train_loss", run->train_loss);
  put_number(csv, "images_per_second", run->images_per_second);
  put_number(csv, "epoch_seconds", run->epoch_seconds);
  put_number(csv, "reach_epochs", epochs);
  put_number(csv, "reach_seconds", seconds);
  end_line(csv);
}

Status comparison_print_csv_runs(FILE *out, const Comparison *comparison) {
  const Run **sorted, empty = {0};
  TRY(comparison_sort_runs(&sorted, comparison));
  Csv csv = {.out = out, .is_title = 1};
  put_run(&csv, &empty, "", comparison->options.reach);
  csv.is_title = 0;
  for (size_t i = 0; i < comparison->n_runs; i++)
    put_run(&csv, sorted[i], variant_of(comparison, sorted[i]), comparison->options.reach);
  free(sorted);
  return status_ok();
}
