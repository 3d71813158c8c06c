#include "report/variant.h"

#include "base/memory.h"
#include "report/two_samples.h"
#include "variant_name.h"
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void notes_add(Notes *notes, const char *format, ...) {
  char **text = reallocarray(notes->text, notes->n + 1, sizeof *text);
  if (!text) {
    notes->is_broken = 1;
    return;
  }
  notes->text = text;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&text[notes->n], format, arguments) < 0)
    notes->is_broken = 1;
  else
    notes->n++;
  va_end(arguments);
}

void notes_free(Notes *notes) {
  for (size_t i = 0; i < notes->n; i++) free(notes->text[i]);
  free(notes->text);
  *notes = (Notes){0};
}

static int lists_order(const RunKey *a, size_t n_a, const RunKey *b, size_t n_b) {
  for (size_t i = 0; i < n_a && i < n_b; i++) {
    int order = strcmp(a[i].key, b[i].key);
    if (order == 0) order = strcmp(a[i].value, b[i].value);
    if (order != 0) return order;
  }
  return (n_a < n_b) - (n_a > n_b); /* as if a last key were behind all */
}

static int keys_order(const Run *a, const Run *b) {
  return lists_order(a->keys, a->n_keys, b->keys, b->n_keys);
}

static int rest_order(const Run *a, const Run *b) {
  return lists_order(a->rest, a->n_rest, b->rest, b->n_rest);
}

static int grouping_order(const void *a, const void *b) {
  const Run *x = *(Run *const *)a, *y = *(Run *const *)b;
  int order = keys_order(x, y);
  if (order == 0) order = (x->state > y->state) - (x->state < y->state);
  if (order == 0) order = run_seed_order(x, y);
  if (order == 0) order = rest_order(x, y);
  return order ? order : strcmp(x->file, y->file);
}

/* Runs [n] of one configuration, in grouping_order. */
static void fill(Variant *variant, Run **runs, size_t n, double failure, Notes *notes) {
  variant->example = runs[0];
  variant->norm = runs[0]->norm;
  variant->runs = runs;
  for (size_t i = 0; i < n; i++) {
    Run *run = runs[i], *last = variant->n_runs ? runs[variant->n_runs - 1] : NULL;
    if (strcmp(run->norm, variant->norm) != 0) variant->norm = "mixed";
    variant->n_diverged += run->state == RUN_DIVERGED;
    variant->n_unfinished += run->state == RUN_UNFINISHED;
    if (run->state != RUN_FINISHED)
      notes_add(notes, "%s is left out: %s", run->file, run->reason);
    else if (last && !runs_share_set(run, last))
      notes_add(notes, "%s is left out: it was evaluated on other images than %s", run->file,
                last->file);
    else if (run->test_accuracy < failure) {
      variant->n_below++;
      notes_add(notes, "%s is left out of the means: it failed, with an accuracy of %.2f %%",
                run->file, 100 * run->test_accuracy);
    } else if (last && run_seed_order(run, last) == 0 && rest_order(run, last) == 0)
      notes_add(
          notes, "%s is left out: the same configuration and seed as %s%s", run->file, last->file,
          runs_are_equal(run, last) ? ""
                                    : ", yet other results (another build, backend or processor?)");
    else
      runs[variant->n_runs++] = run;
  }
  variant->n_failed = variant->n_diverged + variant->n_below;
  variant->n_tried = variant->n_runs + variant->n_failed;
  variant->failure_rate = rate_interval(variant->n_failed, variant->n_tried, VARIANT_CONFIDENCE);
}

/* What a variant summarizes: a number of each run, and where its summary is. */
static const struct {
  size_t run, variant; /* offsets of a double and of a Summary */
} QUANTITIES[] = {
    {offsetof(Run, test_accuracy), offsetof(Variant, test_accuracy)},
    {offsetof(Run, test_loss), offsetof(Variant, test_loss)},
    {offsetof(Run, calibration_error), offsetof(Variant, calibration_error)},
    {offsetof(Run, train_accuracy), offsetof(Variant, train_accuracy)},
    {offsetof(Run, train_loss), offsetof(Variant, train_loss)},
    {offsetof(Run, images_per_second), offsetof(Variant, images_per_second)},
    {offsetof(Run, epoch_seconds), offsetof(Variant, epoch_seconds)},
};

/* Those that are known. */
static size_t collect(double *x, const Variant *variant, size_t offset) {
  size_t n = 0;
  for (size_t i = 0; i < variant->n_runs; i++) {
    double value = *(const double *)((const char *)variant->runs[i] + offset);
    if (!isnan(value)) x[n++] = value;
  }
  return n;
}

static void summarize_reach(Variant *variant, double *x, double reach) {
  double *epochs = x, *seconds = x + variant->n_runs;
  size_t n_epochs = 0, n_seconds = 0;
  for (size_t i = 0; i < variant->n_runs; i++) {
    run_reach(variant->runs[i], reach, &epochs[n_epochs], &seconds[n_seconds]);
    variant->n_reached += isfinite(epochs[n_epochs]) != 0;
    n_epochs += !isnan(epochs[n_epochs]);
    n_seconds += !isnan(seconds[n_seconds]);
  }
  variant->n_reach_known = n_epochs;
  variant->reach_epochs = median_of(epochs, n_epochs);
  variant->reach_seconds = median_of(seconds, n_seconds);
}

/* x: room for two numbers a run. */
static void summarize(Variant *variant, double *x, double reach) {
  for (size_t i = 0; i < sizeof QUANTITIES / sizeof *QUANTITIES; i++)
    summary_make((Summary *)((char *)variant + QUANTITIES[i].variant), x,
                 collect(x, variant, QUANTITIES[i].run), VARIANT_CONFIDENCE);
  summarize_reach(variant, x, reach);
  variant->parameters = variant->example->parameters;
}

/* The mean difference over the seeds that both have; returns their number. */
static size_t pair_means(double *accuracy, double *loss, const Variant *a, const Variant *b) {
  size_t n = 0;
  *accuracy = *loss = 0;
  for (size_t i = 0; i < a->n_runs; i++)
    for (size_t k = 0; k < b->n_runs; k++) {
      if (run_seed_order(a->runs[i], b->runs[k]) != 0) continue;
      *accuracy += a->runs[i]->test_accuracy - b->runs[k]->test_accuracy;
      *loss += a->runs[i]->test_loss - b->runs[k]->test_loss;
      n++;
    }
  return n;
}

int variants_share_seeds(const Variant *a, const Variant *b) {
  double accuracy, loss;
  return pair_means(&accuracy, &loss, a, b) == a->n_runs && a->n_runs == b->n_runs;
}

int variants_order(const Variants *variants, const Variant *x, const Variant *y) {
  if (!x->n_runs || !y->n_runs) return !x->n_runs - !y->n_runs;
  int order = run_is_validated(x->example) - run_is_validated(y->example);
  if (order == 0) order = (x->n_failed > 0) - (y->n_failed > 0);
  if (order != 0) return order;
  double accuracy, loss;
  size_t n = pair_means(&accuracy, &loss, x, y);
  if (!variants->options.pairs_seeds || n == 0 || variants_share_seeds(x, y)) {
    accuracy = x->test_accuracy.mean - y->test_accuracy.mean;
    loss = x->test_loss.mean - y->test_loss.mean;
  }
  if (accuracy != 0) return accuracy > 0 ? -1 : 1;
  return (loss > 0) - (loss < 0);
}

static int rank_order(const Variants *variants, const Variant *x, const Variant *y) {
  int order = variants_order(variants, x, y);
  return order ? order : keys_order(x->example, y->example);
}

static void move(Variants *variants, size_t from, size_t to) {
  Variant moved = variants->variant[from];
  for (; from > to; from--) variants->variant[from] = variants->variant[from - 1];
  for (; from < to; from++) variants->variant[from] = variants->variant[from + 1];
  variants->variant[to] = moved;
}

/* By insertion: with seeds that are not all the same, the order of pairs need not be one of all. */
static void rank(Variants *variants) {
  for (size_t i = 1; i < variants->n; i++) {
    size_t k = i;
    while (k > 0 && rank_order(variants, &variants->variant[i], &variants->variant[k - 1]) < 0) k--;
    move(variants, i, k);
  }
  for (size_t i = 1; i < variants->n; i++) { /* the first is beaten by none, if there is such one */
    size_t k = 0;
    while (k < variants->n &&
           variants_order(variants, &variants->variant[k], &variants->variant[0]) >= 0)
      k++;
    if (k == variants->n) return;
    move(variants, k, 0);
  }
}

size_t variants_rank_around(Variants *variants, size_t number) {
  for (size_t i = number + 1; i < variants->n; i++)
    if (variants_order(variants, &variants->variant[i], &variants->variant[number]) < 0)
      move(variants, i, number++);
  for (size_t i = number; i-- > 0;)
    if (variants_order(variants, &variants->variant[i], &variants->variant[number]) > 0)
      move(variants, i, number--);
  return number;
}

static Status make(Variants *variants, Run **sorted, size_t n, Notes *notes) {
  double *x;
  TRY(memory_allocate(&variants->variant, n, sizeof *variants->variant, "variants"));
  qsort(sorted, n, sizeof *sorted, grouping_order);
  for (size_t first = 0, next; first < n; first = next) {
    Variant *variant = &variants->variant[variants->n++];
    for (next = first + 1; next < n && keys_order(sorted[first], sorted[next]) == 0;) next++;
    fill(variant, sorted + first, next - first, variants->options.failure, notes);
  }
  TRY(memory_allocate(&x, 2 * n, sizeof *x, "values"));
  for (size_t i = 0; i < variants->n; i++)
    summarize(&variants->variant[i], x, variants->options.reach);
  free(x);
  rank(variants);
  return variants_name(variants);
}

Status variants_make(Variants *variants, Run *runs, size_t n, const VariantOptions *options,
                     Notes *notes) {
  *variants = (Variants){.options = *options};
  Run **sorted;
  TRY(memory_allocate(&sorted, n, sizeof *sorted, "runs"));
  size_t n_good = 0;
  for (size_t i = 0; i < n; i++)
    if (runs[i].state != RUN_BAD) sorted[n_good++] = &runs[i];
  variants->sorted = sorted;
  Status status = make(variants, sorted, n_good, notes);
  if (status.code != STATUS_OK) variants_free(variants);
  return status;
}

void variants_free(Variants *variants) {
  for (size_t i = 0; i < variants->n; i++) {
    free(variants->variant[i].name);
    free(variants->variant[i].keys);
  }
  free(variants->variant);
  free(variants->sorted);
  *variants = (Variants){0};
}

int variants_differ_beyond_norm(const Variant *a, const Variant *b) {
  const Run *x = a->example, *y = b->example;
  for (size_t i = 0; i < x->n_keys; i++)
    if (strcmp(x->keys[i].key, "network.norm") != 0 && !runs_share_key(x, y, x->keys[i].key))
      return 1;
  for (size_t i = 0; i < y->n_keys; i++)
    if (!run_key(x, y->keys[i].key)) return 1;
  return 0;
}
