#include "command.h"
#include "study/submit.h"
#include <string.h>

static Status study_run(SubmitRun *to, Pool *pool, const Study *study, const StudyRun *run) {
  Command command;
  TRY(command_make(&command, pool, study, run, study->input));
  *to = (SubmitRun){.config = run->config,
                    .out = run->path,
                    .data = study->input,
                    .words = command.words + 1, /* without "train" */
                    .n_words = command.n - 1};
  return status_ok();
}

Status submit_study(const Study *study, const SubmitRequest *request) {
  Pool pool = {0};
  SubmitRequest whole = *request;
  SubmitRun *runs;
  Status status = pool_items(&pool, &runs, (size_t)study->n_runs, sizeof *runs);
  for (int i = 0; i < study->n_runs && status.code == STATUS_OK; i++)
    status = study_run(&runs[i], &pool, study, &study->runs[i]);
  whole.runs = runs;
  whole.n_runs = study->n_runs;
  whole.title = study->file;
  whole.folder = study->folder;
  if (status.code == STATUS_OK) status = submit_runs(&whole);
  pool_free(&pool);
  return status;
}
