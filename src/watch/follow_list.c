#include "watch/follow.h"

#include "base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes over path. */
static Status insert(FollowList *list, size_t at, size_t source, char *path, const char *name) {
  Follow **runs = reallocarray(list->runs, list->n_runs + 1, sizeof *runs);
  if (runs) list->runs = runs;
  Follow *follow = NULL;
  Status status = runs ? memory_allocate(&follow, 1, sizeof *follow, path)
                       : status_error(STATUS_MEMORY, "%s: no memory for it", path);
  if (status.code != STATUS_OK) {
    free(path);
    return status;
  }
  *follow = (Follow){.path = path, .name = name, .source = source, .is_changed = 1};
  follow->end = (double)NAN;
  memmove(runs + at + 1, runs + at, (list->n_runs - at) * sizeof *runs);
  runs[at] = follow;
  list->n_runs++;
  return status_ok();
}

static void remove_at(FollowList *list, size_t at) {
  follow_free(list->runs[at]);
  free(list->runs[at]);
  list->n_runs--;
  memmove(list->runs + at, list->runs + at + 1, (list->n_runs - at) * sizeof *list->runs);
}

/* Its place among the runs of the source; *is_there if it has one already, there or elsewhere. */
static size_t place_of(int *is_there, const FollowList *list, size_t source, const char *path) {
  size_t at = 0;
  *is_there = 0;
  for (size_t i = 0; i < list->n_runs; i++) {
    int order = strcmp(list->runs[i]->path, path);
    *is_there |= order == 0;
    if (list->runs[i]->source < source || (list->runs[i]->source == source && order < 0))
      at = i + 1;
  }
  return at;
}

/* name: in a folder; NULL: the source is the file itself. */
static Status add(FollowList *list, size_t source, const char *name) {
  const char *base = list->sources[source].path;
  const char *slash = name && base[strlen(base) - 1] != '/' ? "/" : "";
  char *path;
  if (asprintf(&path, "%s%s%s", base, slash, name ? name : "") < 0)
    return status_error(STATUS_MEMORY, "%s: no memory for its name", base);
  int is_there;
  size_t at = place_of(&is_there, list, source, path);
  if (!is_there) {
    size_t length = strlen(path), in_folder = name ? strlen(name) : length;
    return insert(list, at, source, path, path + length - in_folder);
  }
  free(path);
  return status_ok();
}

static int is_result(const struct dirent *entry) {
  size_t length = strlen(entry->d_name);
  return length > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name + length - 3, ".h5") == 0;
}

static void set_problem(FollowSource *source, Status problem) {
  source->is_changed |= strcmp(source->problem.text, problem.text) != 0;
  source->problem = problem;
}

static Status scan(FollowList *list, size_t source) {
  struct dirent **entries;
  FollowSource *folder = &list->sources[source];
  const char *path = folder->path;
  int n = scandir(path, &entries, is_result, alphasort);
  if (n < 0) {
    set_problem(folder, status_errno(STATUS_FILE, errno, "%s: cannot be read", path));
    return status_ok();
  }
  Status status = status_ok();
  for (int i = 0; i < n; i++) {
    if (status.code == STATUS_OK) status = add(list, source, entries[i]->d_name);
    free(entries[i]);
  }
  free(entries);
  if ((size_t)n > folder->n) folder->n = (size_t)n;
  int is_empty = folder->n == 0;
  set_problem(folder, is_empty
                          ? status_error(STATUS_FILE, "%s: no result file (*.h5) in it yet", path)
                          : status_ok());
  return status;
}

Status follow_list_init(FollowList *list, char *const *paths, size_t n) {
  *list = (FollowList){0};
  TRY(memory_allocate(&list->sources, n, sizeof *list->sources, "names of files"));
  list->n_sources = n;
  for (size_t i = 0; i < n; i++) list->sources[i] = (FollowSource){.path = paths[i]};
  return status_ok();
}

void follow_list_free(FollowList *list) {
  for (size_t i = 0; i < list->n_runs; i++) {
    follow_free(list->runs[i]);
    free(list->runs[i]);
  }
  free(list->runs);
  free(list->sources);
  *list = (FollowList){0};
}

/* A name that was waited for may turn out to be a folder. */
static Status look_at_source(FollowList *list, size_t source) {
  struct stat at;
  FollowSource *s = &list->sources[source];
  if (!s->is_folder && stat(s->path, &at) == 0 && S_ISDIR(at.st_mode)) {
    s->is_folder = 1;
    s->n = 0;
    for (size_t i = list->n_runs; i > 0; i--)
      if (list->runs[i - 1]->source == source) remove_at(list, i - 1);
  }
  if (s->is_folder) return scan(list, source);
  if (s->n > 0) return status_ok();
  s->n = 1;
  return add(list, source, NULL);
}

Status follow_list_look(FollowList *list, double now) {
  for (size_t i = 0; i < list->n_sources; i++) TRY(look_at_source(list, i));
  for (size_t i = 0; i < list->n_runs; i++) follow_look(list->runs[i], now);
  return status_ok();
}

int follow_list_has_ended(const FollowList *list) {
  int n_ended = 0;
  for (size_t i = 0; i < list->n_runs; i++) n_ended += follow_has_ended(list->runs[i]);
  for (size_t i = 0; i < list->n_sources; i++)
    if (list->sources[i].is_folder && list->sources[i].n == 0) return 0;
  return n_ended > 0 && (size_t)n_ended == list->n_runs;
}

Status follow_list_verdict(const FollowList *list) {
  for (size_t i = 0; i < list->n_sources; i++) TRY(list->sources[i].problem);
  for (size_t i = 0; i < list->n_runs; i++) TRY(follow_verdict(list->runs[i]));
  return status_ok();
}

static const char *data_of(const Follow *follow) {
  return follow->has_run ? follow->run.data : "";
}

void follow_list_totals(TextBuffer *text, const FollowList *list) {
  size_t count[N_FOLLOW_STATES] = {0};
  for (size_t i = 0; i < list->n_runs; i++) count[list->runs[i]->state]++;
  text_add(text, "%zu run%s", list->n_runs, list->n_runs == 1 ? "" : "s");
  const char *separator = ": ";
  for (int s = N_FOLLOW_STATES - 1; s >= 0; s--) {
    if (count[s] == 0) continue;
    int is_plural = s == FOLLOW_SILENT && count[s] > 1;
    text_add(text, "%s%zu %s", separator, count[s],
             is_plural ? "seem dead" : follow_word((FollowState)s));
    separator = ", ";
  }
  separator = "; on ";
  for (size_t i = 0; i < list->n_runs; i++) {
    const char *data = data_of(list->runs[i]);
    size_t k = 0;
    while (k < i && strcmp(data_of(list->runs[k]), data) != 0) k++;
    if (k < i || !data[0]) continue;
    text_add(text, "%s%s", separator, data);
    separator = ", ";
  }
}
