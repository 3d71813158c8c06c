#include "command.h"
#include "part.h"
#include "store/file.h"
#include "submission.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

Status submission_line(char **text, Pool *pool, char *const *words, int n) {
  size_t bytes;
  FILE *out = open_memstream(text, &bytes);
  if (!out) return status_error(STATUS_MEMORY, "submit: no memory");
  Status status = status_ok();
  for (int i = 0; i < n && status.code == STATUS_OK; i++) {
    char *word = NULL;
    status = command_text(&word, pool, words[i]);
    fprintf(out, "%s%s", i ? " " : "", word ? word : "");
  }
  fputc('\n', out);
  int failed = fclose(out) != 0;
  TRY(pool_keep(pool, *text));
  return failed ? status_error(STATUS_MEMORY, "submit: no memory") : status;
}

Status submission_freeze(WordLine *line, Pool *pool, const char *folder, const WantedRun *wanted,
                         int stage, int number) {
  const SubmitRun *run = wanted->run;
  const char *slash = strrchr(wanted->out, '/');
  char *path, *text, *init = NULL, before[16] = "";
  if (stage > 0) snprintf(before, sizeof before, "%d-", stage);
  TRY(pool_text(pool, &path, "%s/%s%d-%.*s.yaml", folder, before, number,
                (int)strcspn(slash + 1, "."), slash + 1));
  TRY(config_text(&text, run->config));
  TRY(pool_keep(pool, text));
  TRY(part_write(path, text));
  if (wanted->init) {
    TRY(pool_text(pool, &init, "%s/%s", folder, wanted->init_name));
    if (access(init, F_OK) != 0) TRY(part_copy(wanted->init, init));
  }
  struct {
    const char *option, *value;
  } words[] = {{"--data", wanted->data},
               {"--data-hash", wanted->data_hash},
               {"--out", wanted->out},
               {"--init", init}};
  TRY(pool_items(pool, &line->words, (size_t)run->n_more + 16, sizeof *line->words));
  line->words[line->n++] = path;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!words[i].value || !*words[i].value) continue;
    line->words[line->n++] = (char *)words[i].option;
    line->words[line->n++] = (char *)words[i].value;
  }
  for (int i = 0; i < run->n_more; i++) line->words[line->n++] = run->more[i];
  return status_ok();
}

static const char *name_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Under their names, which names of results come from. */
Status submission_keep_study(const Submission *submission, Pool *pool, const StudySource *source) {
  const struct {
    const char *folder, *path;
  } KEPT[] = {{"study", source->file}, {"base", source->base}};
  for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++) {
    char *path;
    TRY(pool_text(pool, &path, "%s/%s", submission->folder, KEPT[i].folder));
    TRY(result_make_folder(path));
    TRY(pool_text(pool, &path, "%s/%s", path, name_of(KEPT[i].path)));
    TRY(part_copy(KEPT[i].path, path));
  }
  return status_ok();
}
