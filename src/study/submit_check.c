#include "submit_check.h"

#include "call.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the program says is wrong with a run; all else that it prints is left out. */
static Status check_words_of(Pool *pool, const Submission *submission, char *const *run, int n_run,
                             char *const *more, int n_more) {
  static const char MARK[] = "normlab: error: ";
  char **words, *output;
  int n = 0, exit_status;
  TRY(pool_items(pool, &words, (size_t)(n_run + n_more) + 8, sizeof *words));
  TRY(pool_text(pool, &words[n++], "%s/normlab", submission->folder));
  words[n++] = "train";
  for (int i = 0; i < n_run; i++) words[n++] = run[i];
  for (int i = 0; i < n_more; i++) words[n++] = more[i];
  words[n++] = "--resume";
  words[n++] = "--check";
  TRY(call_run(&output, &exit_status, pool,
               &(Call){.words = words, .seconds = 600, .with_errors = 1}));
  if (exit_status == 0) return status_ok();
  char *message = strstr(output, MARK);
  message = message ? message + sizeof MARK - 1 : output + strspn(output, "-\n ");
  message[strcspn(message, "\n")] = '\0';
  StatusCode code = exit_status < 128 ? (StatusCode)exit_status : STATUS_FAILED;
  return status_error(code, "%.900s", *message ? message : "the check of a run has failed");
}

/* Exactly what the job will start. If that fails, the words that the user has given tell it by the
 * lines of the user's files. */
static Status check_run(Pool *pool, const Submission *submission, const FrozenRun *frozen,
                        const SubmitRun *run) {
  Status status = check_words_of(pool, submission, frozen->words, frozen->n_words, NULL, 0);
  if (status.code == STATUS_OK) return status;
  Status told = check_words_of(pool, submission, run->words, run->n_words, run->more, run->n_more);
  return told.code == STATUS_OK ? status : told;
}

/* The configuration without its seed, which no check depends on, and the images. */
static Status check_text(char **text, Pool *pool, const RunPlan *run) {
  char *all;
  TRY(config_canonical_text(&all, run->wanted->run->config));
  TRY(pool_keep(pool, all));
  char *seed = strncmp(all, "seed: ", 6) == 0 ? all : strstr(all, "\nseed: ");
  if (seed) {
    char *rest = strchr(seed + 1, '\n');
    memmove(seed, rest ? rest : "", strlen(rest ? rest : "") + 1);
  }
  return pool_text(pool, text, "%s%s%s", all, run->wanted->data_hash, run->wanted->init_name);
}

Status check_runs(Pool *pool, const Submission *submission, const RunPlan *runs, int n_runs) {
  char **seen;
  int n = 0, line = 0;
  TRY(pool_items(pool, &seen, (size_t)n_runs, sizeof *seen));
  for (int i = 0; i < n_runs; i++) {
    int k = 0;
    if (runs[i].decision != RUN_QUEUES) continue;
    const FrozenRun *frozen = &submission->lists[0].runs[line++];
    TRY(check_text(&seen[n], pool, &runs[i]));
    while (k < n && strcmp(seen[k], seen[n]) != 0) k++;
    if (k < n) continue;
    n++;
    TRY(check_run(pool, submission, frozen, runs[i].wanted->run));
  }
  return status_ok();
}

/* Whether two readings of a study have the same runs. */
static int are_same(const Study *a, const Study *b) {
  char text[300];
  if (a->n_runs != b->n_runs) return 0;
  for (int i = 0; i < a->n_runs; i++)
    if (strcmp(a->runs[i].name, b->runs[i].name) != 0 ||
        config_difference(text, sizeof text, a->runs[i].config, b->runs[i].config))
      return 0;
  return 1;
}

Status check_study(const Submission *submission, const Study *study) {
  Study kept;
  TRY(study_read_source(&kept, &submission->chain.source));
  int is_same = !kept.tuning == !study->tuning &&
                (!kept.tuning || are_same(kept.tuning, study->tuning)) &&
                /* A choice depends on what has ended by now. */
                (kept.is_chosen != study->is_chosen || are_same(&kept, study));
  study_free(&kept);
  if (is_same) return status_ok();
  return status_error(STATUS_USAGE, "%s: has changed while it was submitted; submit it again",
                      study->file);
}
