#include "study/listing.h"

#include "base/log.h"
#include "command.h"
#include "differences.h"
#include "report/table.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

void listing_totals(char *text, size_t bytes, const StateReport *reports, int n) {
  int count[N_STATES] = {0};
  size_t used = 0;
  text[0] = '\0';
  for (int i = 0; i < n; i++) count[reports[i].state]++;
  for (int s = N_STATES - 1; s >= 0; s--)
    if (count[s] && used < bytes)
      used += (size_t)snprintf(text + used, bytes - used, "%s%d %s", used ? ", " : "", count[s],
                               state_word((StudyState)s));
}

typedef struct Counts {
  size_t n_parameters, n_norms;
  int n_finished;
} Counts;

static Status count(Counts **out, Pool *pool, const Study *study, ImageShape shape,
                    const StateReport *reports) {
  Counts *counts;
  TRY(pool_items(pool, &counts, (size_t)study->n_variants, sizeof *counts));
  for (int v = 0; v < study->n_variants; v++)
    TRY(input_count(&counts[v].n_parameters, &counts[v].n_norms, &study->variants[v], shape));
  for (int i = 0; i < study->n_runs; i++)
    counts[i % study->n_variants].n_finished += reports[i].state == STATE_FINISHED;
  *out = counts;
  return status_ok();
}

/* 7652 as 7,652. */
static Status number_text(char **text, Pool *pool, size_t n) {
  char plain[24];
  int length = snprintf(plain, sizeof plain, "%zu", n), k = 0;
  TRY(pool_items(pool, text, 32, 1));
  for (int i = 0; i < length; i++) {
    if (i && (length - i) % 3 == 0) (*text)[k++] = ',';
    (*text)[k++] = plain[i];
  }
  return status_ok();
}

static Status print_variants(FILE *out, const Study *study, ImageShape shape, Pool *pool,
                             const StateReport *reports) {
  static const char *const TITLES[] = {"<variant", "<norm", "parameters", "of norms", "finished"};
  char **parameters, **norms;
  Counts *counts;
  TRY(count(&counts, pool, study, shape, reports));
  TRY(pool_items(pool, &parameters, (size_t)study->n_variants, sizeof *parameters));
  TRY(pool_items(pool, &norms, (size_t)study->n_variants, sizeof *norms));
  for (int v = 0; v < study->n_variants; v++) {
    TRY(number_text(&parameters[v], pool, counts[v].n_parameters));
    TRY(number_text(&norms[v], pool, counts[v].n_norms));
  }
  Table *table = table_new(5, TITLES);
  for (int v = 0; v < study->n_variants; v++) {
    char spec[NORM_SPEC_TEXT];
    norm_spec_text(spec, study->variants[v].config->network.norm);
    table_cell(table, "%s", study->variants[v].title);
    table_cell(table, "%s", spec);
    table_cell(table, "%s", parameters[v]);
    table_cell(table, "%s", norms[v]);
    table_cell(table, "%d of %d", counts[v].n_finished, study->n_seeds);
  }
  TRY(table_finish(table, out));
  fflush(out);
  return differences_warn_of(study, "parameters", (const char *const *)parameters);
}

static Status print_runs(FILE *out, const Study *study, const StateReport *reports) {
  static const char *const TITLES[] = {"<run", "<state", "epochs", "test accuracy %", "<note"};
  int has_notes = 0;
  for (int i = 0; i < study->n_runs; i++) has_notes |= reports[i].text[0] != '\0';
  Table *table = table_new(has_notes ? 5 : 4, TITLES);
  for (int i = 0; i < study->n_runs; i++) {
    const StateReport *report = &reports[i];
    table_cell(table, "%s", study->runs[i].name);
    table_cell(table, "%s", state_word(report->state));
    if (report->state == STATE_MISSING)
      table_cell(table, "-");
    else
      table_cell(table, "%" PRId64 "/%" PRId64, report->epochs, report->n_planned);
    table_number(table, "%.2f", 100 * report->test_accuracy);
    if (has_notes) table_cell(table, "%.160s", report->text);
  }
  return table_finish(table, out);
}

static void warn_of_data(const Study *study, const StateReport *reports) {
  int first = -1;
  for (int i = 0; i < study->n_runs; i++) {
    if (!reports[i].data[0]) continue;
    if (first < 0) first = i;
    if (strcmp(reports[i].data, reports[first].data) == 0) continue;
    log_warning("%s: %s and %s were trained on different data", study->name,
                study->runs[first].name, study->runs[i].name);
    return;
  }
}

/* What the runs were trained on or, before there are any, what they would be. */
static const char *title_of_data(const Study *study, const StateReport *reports) {
  for (int i = 0; i < study->n_runs; i++)
    if (reports[i].title[0]) return reports[i].title;
  const DataFormat *format = input_format(study);
  return format ? format->title : "data that are not given yet";
}

static Status print_all(FILE *out, const Study *study, ImageShape shape, Pool *pool,
                        const StateReport *reports) {
  char totals[256];
  fprintf(out, "%s: %d variant%s x %d seed%s of %s on %s, images of %d x %d x %d, in %s\n\n",
          study->name, study->n_variants, study->n_variants > 1 ? "s" : "", study->n_seeds,
          study->n_seeds > 1 ? "s" : "", study->base, title_of_data(study, reports), shape.c,
          shape.h, shape.w, study->folder);
  TRY(print_variants(out, study, shape, pool, reports));
  TRY(differences_warn(study, pool));
  fprintf(out, "\n");
  TRY(print_runs(out, study, reports));
  listing_totals(totals, sizeof totals, reports, study->n_runs);
  fprintf(out, "\n%d run%s: %s\n", study->n_runs, study->n_runs > 1 ? "s" : "", totals);
  fflush(out);
  warn_of_data(study, reports);
  return status_ok();
}

Status listing_print(FILE *out, const Study *study, ImageShape shape, const StateReport *reports) {
  Pool pool = {0};
  Status status = print_all(out, study, shape, &pool, reports);
  pool_free(&pool);
  return status;
}

static Status print_command(FILE *out, const Study *study, const StudyRun *run, const char *data) {
  Pool pool = {0};
  Command command;
  Status status = command_make(&command, &pool, study, run, data);
  if (status.code == STATUS_OK) fprintf(out, "normlab");
  for (int i = 0; i < command.n && status.code == STATUS_OK; i++) {
    char *text = NULL;
    status = command_text(&text, &pool, command.words[i]);
    if (text) fprintf(out, " %s", text);
  }
  fprintf(out, "\n");
  pool_free(&pool);
  return status;
}

Status listing_print_commands(FILE *out, const Study *study, const StateReport *reports,
                              const char *data) {
  for (int i = 0; i < study->n_runs; i++) {
    if (state_is_open(reports[i].state))
      TRY(print_command(out, study, &study->runs[i], data));
    else if (reports[i].text[0])
      log_warning("%s: left out: %s: %s", study->runs[i].path, state_word(reports[i].state),
                  reports[i].text);
  }
  return status_ok();
}
