#include "sections.h"

#include "report/sweep.h"
#include <string.h>

static const char PREFIX[] = "tuning-by-";

/* Whether every line of the tuning has several values of a key. */
static Status is_tuned(int *is, const Plots *plots, const char *key) {
  Sweep sweep;
  TRY(sweep_make(&sweep, &plots->tuning->variants, key));
  *is = sweep.n > 0;
  for (size_t i = 0; i < sweep.n; i++) *is &= sweep.line[i].n > 1;
  sweep_free(&sweep);
  return status_ok();
}

Status plots_add_tuning(Plots *plots) {
  const Comparison *tuning = plots->tuning;
  if (!tuning->baseline) return status_ok();
  const Run *example = tuning->baseline->example;
  for (size_t i = 0; i < example->n_keys; i++) {
    const char *key = example->keys[i].key;
    char name[sizeof PREFIX + RUN_TEXT];
    int is;
    if (strcmp(key, "network.norm") == 0) continue;
    TRY(is_tuned(&is, plots, key));
    if (!is) continue;
    snprintf(name, sizeof name, "%s%s", PREFIX, key);
    TRY(plots_add_sweep(plots, tuning, name, "accuracy", key));
  }
  return status_ok();
}

/* The i-th plot of the tuning; NULL after the last. */
static const Plot *tuning_plot(const Page *page, size_t i) {
  for (size_t k = 0; k < page->plots->n; k++) {
    const Plot *plot = &page->plots->plot[k];
    if (strncmp(plot->name, PREFIX, strlen(PREFIX)) == 0 && i-- == 0) return plot;
  }
  return NULL;
}

int page_has_tuning(const Page *page) {
  return tuning_plot(page, 0) != NULL;
}

/* What each variant was trained with, and how good it is with that. */
static Status print_choices(const Page *page, const char *key) {
  const char *titles[] = {"<variant", key, "seeds", "accuracy %"};
  Table *table = table_new(4, titles);
  for (size_t i = 0; i < page_finished(page); i++) {
    const Variant *variant = &page->comparison->variants.variant[i];
    const char *value = run_key(variant->example, key);
    table_cell(table, "%s", variant->name);
    table_cell(table, "%s", value ? value : "-");
    table_cell(table, "%zu", variant->n_runs);
    table_number(table, "%.2f", 100 * variant->test_accuracy.mean);
  }
  char caption[RUN_TEXT + 64];
  snprintf(caption, sizeof caption, "The results above, each with its own %s", key);
  return page_table(page, table, caption);
}

Status section_tuning(const Page *page) {
  page_paragraph(page, "Before the runs above, each variant was trained with each of these values, "
                       "with other seeds and without the images of the validation split, on which "
                       "it was then evaluated. The best value of each is marked; it was "
                       "chosen.");
  const Plot *plot;
  for (size_t i = 0; (plot = tuning_plot(page, i)); i++) {
    page_figure(page, plot, NULL);
    TRY(print_choices(page, plot->name + strlen(PREFIX)));
  }
  return status_ok();
}
