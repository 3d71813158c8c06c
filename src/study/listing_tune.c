#include "base/log.h"
#include "report/table.h"
#include "study/listing.h"
#include "tune.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* "optimizer.lr=0.1, training.batch=64" */
static void print_choice(FILE *out, const Tune *tune, int choice) {
  for (int a = 0; a < tune->n_axes; a++)
    fprintf(out, "%s%s=%s", a ? ", " : "", tune->axes[a].key,
            tune->axes[a].values[tune_value(tune, choice, a)].value);
}

static Status choice_text(char **text, Pool *pool, const Tune *tune, int choice) {
  size_t bytes;
  FILE *out = open_memstream(text, &bytes);
  if (!out) return status_error(STATUS_MEMORY, "study: no memory for a choice");
  if (choice < 0)
    fputc('-', out);
  else
    print_choice(out, tune, choice);
  int failed = fclose(out) != 0;
  Status kept = pool_keep(pool, *text);
  return failed ? status_error(STATUS_MEMORY, "study: no memory for a choice") : kept;
}

static void warn_of_ends(const Study *study, int number, int choice) {
  const Tune *tune = study->tune;
  for (int a = 0; a < tune->n_axes && choice >= 0; a++)
    if (tune_is_at_end(tune, choice, a))
      log_warning("%s: %s: %s=%s is chosen, at the end of the values that were tried: the best may "
                  "lie beyond",
                  study->name, study->variants[number].title, tune->axes[a].key,
                  tune->axes[a].values[tune_value(tune, choice, a)].value);
}

static Status print_choices(FILE *out, const Study *study, Pool *pool, const StateReport *reports) {
  static const char *const TITLES[] = {"<variant", "<chosen", "validation %", "diverged"};
  Table *table = table_new(4, TITLES);
  Status status = status_ok();
  for (int i = 0; i < study->n_variants && status.code == STATUS_OK; i++) {
    char *text = NULL;
    TuneChoice choice = tune_choose(study->tuning, reports, i);
    status = choice_text(&text, pool, study->tune, choice.choice);
    table_cell(table, "%s", study->variants[i].title);
    table_cell(table, "%s", text ? text : "");
    table_number(table, "%.2f", 100 * choice.accuracy);
    table_cell(table, "%d/%d", choice.n_diverged, study->tuning->n_seeds);
    warn_of_ends(study, i, choice.choice);
  }
  Status end = table_finish(table, out);
  return status.code == STATUS_OK ? end : status;
}

Status listing_print_tuning(FILE *out, const Study *study, ImageShape shape,
                            const StateReport *reports) {
  Pool pool = {0};
  TRY(listing_print(out, study->tuning, shape, reports));
  fprintf(out,
          "\nChosen by mean accuracy over %d seed%s on %s held-out training images, the same "
          "values for every variant:\n\n",
          study->tuning->n_seeds, study->tuning->n_seeds > 1 ? "s" : "",
          study->tune->validation.value);
  Status status = print_choices(out, study, &pool, reports);
  pool_free(&pool);
  fputc('\n', out);
  return status;
}

static int64_t epochs_of(const Study *study) {
  int64_t n = 0;
  for (int i = 0; i < study->n_runs; i++) n += study->runs[i].config->training.epochs;
  return n;
}

void listing_print_cost(FILE *out, const Study *study) {
  const Study *tuning = study->tuning;
  int n = tuning->n_runs + study->n_runs;
  int64_t epochs = epochs_of(tuning) + epochs_of(study);
  fprintf(out,
          "%s: %d runs in all, %" PRId64 " epochs: %d to tune (%d variants x %d choices x %d "
          "seeds), %d to compare (%d variants x %d seeds)%s\n\n",
          study->name, n, epochs, tuning->n_runs, study->n_variants, tuning->n_choices,
          tuning->n_seeds, study->n_runs, study->n_variants, study->n_seeds,
          study->is_chosen ? "" : "; these wait for the choice");
}
