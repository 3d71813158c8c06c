#include "advise_parts.h"
#include "base/duration.h"
#include "base/utf8.h"
#include "command.h"
#include "report/table.h"
#include "train/proposal.h"
#include <stdio.h>
#include <string.h>

/* What Slurm is asked for beyond the estimate. */
#define TIME_MARGIN 1.5
#define MEMORY_MARGIN 1.5
enum { TIME_MORE = 300, MEMORY_OF_MPI = 64 << 20, MOST_COMMANDS = 3 };

/* All runs together, and the most that one of them takes. */
typedef struct Totals {
  int n_runs, n_left, n_measured;
  double left, longest;     /* seconds */
  size_t first, rank, node; /* bytes of the runs that take most */
  int per_node;             /* ranks */
} Totals;

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

static Totals totals_of(const Advice *advice) {
  Totals t = {.per_node = (advice->layout.n_ranks + advice->n_nodes - 1) / advice->n_nodes};
  for (int i = 0; i < advice->n_kinds; i++) {
    const RunKind *kind = &advice->kinds[i];
    const double seconds = advice_run(advice, kind);
    t.n_runs += kind->n_runs;
    t.n_left += kind->n_left;
    t.n_measured += kind->is_measured;
    t.left += kind->n_left * seconds;
    if (seconds > t.longest) t.longest = seconds;
    t.first = larger(t.first, needs_of_first(&kind->needs));
    t.rank = larger(t.rank, needs_of_rank(&kind->needs));
    t.node = larger(t.node, needs_of_node(&kind->needs, t.per_node));
  }
  return t;
}

/* The lines that start it; those of this machine only if it has the cores. */
typedef struct Commands {
  char *text[MOST_COMMANDS];
  int n;
} Commands;

/* "normlab train CONFIG ...", with an action behind the second word. */
static Status words_text(char **text, Pool *pool, const AdviseRequest *request, const char *head,
                         const char *action) {
  TRY(pool_text(pool, text, "normlab"));
  for (int i = 0; i < request->n_words; i++) {
    char *word;
    TRY(command_text(&word, pool, i == 0 && head ? head : request->words[i]));
    TRY(pool_text(pool, text, "%s %s%s%s", *text, word, i == 1 && action ? " " : "",
                  i == 1 && action ? action : ""));
  }
  return status_ok();
}

static Status add_slurm(Commands *commands, Pool *pool, const Advice *advice, const Totals *totals,
                        const Machine *machine, const AdviseRequest *request) {
  enum { MB = 1 << 20, STEP = 64, MINUTE = 60, HOUR = 60 };
  const PassLayout layout = advice->layout;
  const double bytes =
      MEMORY_MARGIN * (double)totals->node + (double)totals->per_node * MEMORY_OF_MPI;
  const long mb = ((long)(bytes / MB) / STEP + 1) * STEP;
  const long minutes = (long)((TIME_MARGIN * totals->longest + TIME_MORE) / MINUTE) + 1;
  const int is_study = request->study != NULL;
  char *text;
  TRY(words_text(&text, pool, request, is_study ? "study" : "submit", is_study ? "submit" : NULL));
  TRY(pool_text(pool, &commands->text[commands->n++],
                "%s%s --nodes=%d --ntasks=%d --cpus-per-task=%d --mem=%ldM --time=%02ld:%02ld:00"
                "%s%s%s",
                text, is_study ? "" : " --", advice->n_nodes, layout.n_ranks, layout.n_threads, mb,
                minutes / HOUR, minutes % HOUR, machine->partition ? " --partition=" : "",
                machine->partition ? machine->partition : "",
                machine->has_hyperthreads ? " --hint=nomultithread" : ""));
  return status_ok();
}

static Status add_here(Commands *commands, Pool *pool, PassLayout layout, int n_jobs,
                       const AdviseRequest *request) {
  char *text, command[8192];
  if (request->study) {
    TRY(words_text(&text, pool, request, NULL, "run"));
    return pool_text(pool, &commands->text[commands->n++], "%s --jobs %d --ranks %d --threads %d",
                     text, n_jobs, layout.n_ranks, n_jobs * layout.n_ranks * layout.n_threads);
  }
  TRY(words_text(&text, pool, request, NULL, NULL));
  if (layout.n_ranks == 1)
    return pool_text(pool, &commands->text[commands->n++], "%s --threads %d", text,
                     layout.n_threads);
  proposal_command(command, sizeof command, layout, text);
  TRY(pool_text(pool, &commands->text[commands->n++], "%s", command));
  return pool_text(pool, &commands->text[commands->n++], "%s --ranks %d --threads %d", text,
                   layout.n_ranks, layout.n_threads);
}

static Status make_commands(Commands *commands, Pool *pool, const Advice *advice,
                            const Totals *totals, const Machine *machine,
                            const AdviseRequest *request) {
  const int n_workers = advice->layout.n_ranks * advice->layout.n_threads;
  const int n_jobs = machine->n_cores / n_workers;
  *commands = (Commands){0};
  if (machine->is_here)
    TRY(add_here(commands, pool, advice->layout, n_jobs > 0 ? n_jobs : 1, request));
  if (machine->has_slurm || !machine->is_here)
    TRY(add_slurm(commands, pool, advice, totals, machine, request));
  return status_ok();
}

static Status print_speeds(const Advice *advice) {
  static const char *const TITLES[] = {"<measured", "images/s", "of one thread"};
  Table *table = table_new(3, TITLES);
  for (int i = 0; i < advice->n_speeds; i++) {
    const Speed *speed = &advice->speeds[i];
    table_cell(table, "%d rank%s x %d thread%s", speed->layout.n_ranks,
               plural(speed->layout.n_ranks), speed->layout.n_threads,
               plural(speed->layout.n_threads));
    table_number(table, "%.0f", speed->images_per_second);
    table_number(table, "%.2f", speed->images_per_second / advice->speeds[0].images_per_second);
  }
  return table_finish(table, stdout);
}

static void print_proposal(const Advice *advice, const Machine *machine) {
  const PassLayout layout = advice->layout, best = advice->speeds[advice->best].layout;
  printf("\ntake %d rank%s x %d thread%s on %d node%s of %d core%s: ", layout.n_ranks,
         plural(layout.n_ranks), layout.n_threads, plural(layout.n_threads), advice->n_nodes,
         plural(advice->n_nodes), machine->n_cores, plural(machine->n_cores));
  if (advice->is_measured)
    printf("measured here\n");
  else
    printf("extrapolated from %d x %d here, as %.2f times as fast by the blocks of 16 samples of a "
           "batch, without messages between ranks and with cores like those here\n",
           best.n_ranks, best.n_threads, advice->factor);
}

static void print_run(const Advice *advice, const Totals *totals) {
  char whole[32], training[32], evaluation[32];
  const RunKind *kind = &advice->kinds[0];
  const Estimate *e = &kind->estimate;
  duration_text(whole, sizeof whole, advice_run(advice, kind));
  duration_text(training, sizeof training, advice_training(advice, kind));
  duration_text(evaluation, sizeof evaluation, advice_evaluation(advice, kind));
  printf("memory: %.0f MB of rank 0", 1e-6 * (double)totals->first);
  if (advice->layout.n_ranks > 1)
    printf(", %.0f MB of each other rank, %.0f MB of a node", 1e-6 * (double)totals->rank,
           1e-6 * (double)totals->node);
  printf(
      " at most; counted, the program's own part measured, without MPI's buffers\n"
      "one run: %s, %s for %lld epoch%s of %d images and %s for tests on %d; the tests' share is "
      "measured in 1 rank x %d thread%s, and starting and writing come on top\n",
      whole, training, (long long)e->n_epochs, plural(e->n_epochs), e->n_trained, evaluation,
      e->n_evaluated, e->n_threads, plural(e->n_threads));
}

static void print_study(const Advice *advice, const Totals *totals) {
  char left[32], longest[32];
  const int n_workers = advice->layout.n_ranks * advice->layout.n_threads;
  duration_text(left, sizeof left, totals->left);
  duration_text(longest, sizeof longest, totals->longest);
  printf(
      "the study: %d run%s, %d of them to do: %s one after another, %.1f core hours; the longest "
      "%s; of %d kinds of runs the speeds of %d are measured",
      totals->n_runs, plural(totals->n_runs), totals->n_left, left, totals->left * n_workers / 3600,
      longest, advice->n_kinds, totals->n_measured);
  printf(totals->n_measured < advice->n_kinds ? ", the slowest of them is taken for the others\n"
                                              : "\n");
}

static Status print_text(const Advice *advice, const Totals *totals, const Machine *machine,
                         const Commands *commands, const AdviseRequest *request) {
  TRY(print_speeds(advice));
  print_proposal(advice, machine);
  print_run(advice, totals);
  if (request->study) print_study(advice, totals);
  printf("\n");
  for (int i = 0; i < commands->n; i++) printf("%s\n", commands->text[i]);
  if (machine->has_slurm || !machine->is_here)
    printf("\n--time is %.1f times the longest run and %d minutes, --mem is %.1f times the memory "
           "of a node and %d MB a rank. A job saves and goes on after its time.\n",
           TIME_MARGIN, TIME_MORE / 60, MEMORY_MARGIN, MEMORY_OF_MPI >> 20);
  return status_ok();
}

static void print_json(const Advice *advice, const Totals *t, const Commands *commands,
                       const AdviseRequest *request) {
  const RunKind *kind = &advice->kinds[0];
  printf("{\"measured\": [");
  for (int i = 0; i < advice->n_speeds; i++)
    printf("%s{\"ranks\": %d, \"threads\": %d, \"images_per_second\": %.1f}", i ? ", " : "",
           advice->speeds[i].layout.n_ranks, advice->speeds[i].layout.n_threads,
           advice->speeds[i].images_per_second);
  printf("],\n \"ranks\": %d, \"threads\": %d, \"nodes\": %d, \"is_measured\": %s, "
         "\"images_per_second\": %.1f,\n",
         advice->layout.n_ranks, advice->layout.n_threads, advice->n_nodes,
         advice->is_measured ? "true" : "false", advice->factor * kind->images_per_second);
  printf(" \"memory_bytes\": {\"rank_0\": %zu, \"other_rank\": %zu, \"node\": %zu},\n"
         " \"seconds\": {\"training\": %.6g, \"evaluation\": %.6g, \"run\": %.6g},\n",
         t->first, t->rank, t->node, advice_training(advice, kind), advice_evaluation(advice, kind),
         advice_run(advice, kind));
  if (request->study)
    printf(" \"study\": {\"runs\": %d, \"runs_left\": %d, \"seconds_left\": %.6g, "
           "\"longest_run\": %.6g, \"kinds\": %d, \"kinds_measured\": %d},\n",
           t->n_runs, t->n_left, t->left, t->longest, advice->n_kinds, t->n_measured);
  printf(" \"commands\": [");
  for (int i = 0; i < commands->n; i++) {
    printf(i ? ", " : "");
    utf8_print_json(stdout, commands->text[i]);
  }
  printf("]}\n");
}

Status advice_print(const Advice *advice, Pool *pool, const Machine *machine,
                    const AdviseRequest *request) {
  const Totals totals = totals_of(advice);
  Commands commands;
  TRY(make_commands(&commands, pool, advice, &totals, machine, request));
  if (request->as_json)
    print_json(advice, &totals, &commands, request);
  else
    TRY(print_text(advice, &totals, machine, &commands, request));
  return output_flush(stdout, "standard output");
}
