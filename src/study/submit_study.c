#include "chain.h"
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

static Status submit(const Study *study, const StudySource *source, const SubmitRequest *request,
                     Pool *pool) {
  const Study *stage = study->is_chosen ? study : study->tuning;
  SubmitRequest whole = *request;
  SubmitRun *runs;
  Chain chain;
  char *first;
  TRY(chain_plan(&chain, &first, pool, study, request->until));
  chain.source = *source;
  chain.source.base = study->base;
  TRY(pool_items(pool, &runs, (size_t)stage->n_runs, sizeof *runs));
  for (int i = 0; i < stage->n_runs; i++) TRY(study_run(&runs[i], pool, stage, &stage->runs[i]));
  whole.runs = runs;
  whole.n_runs = stage->n_runs;
  whole.title = study->file;
  whole.folder = study->folder;
  whole.name = study->name;
  whole.chain = chain.n_steps > 0 ? &chain : NULL;
  whole.study = study;
  whole.first = first;
  return submit_runs(&whole);
}

Status submit_study(const Study *study, const StudySource *source, const SubmitRequest *request) {
  Pool pool = {0};
  Status status = submit(study, source, request, &pool);
  pool_free(&pool);
  return status;
}
