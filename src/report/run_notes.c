#include "run_notes.h"

#include "store/schema.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int note_order(const void *a, const void *b) {
  return strcmp(((const RunKey *)a)->key, ((const RunKey *)b)->key);
}

static Status no_memory(const Run *run) {
  return status_error(STATUS_MEMORY, "%s: no memory for its notes", run->file);
}

Status run_join_notes(Run *run) {
  size_t bytes;
  if (run->n_notes > 0) qsort(run->notes, run->n_notes, sizeof *run->notes, note_order);
  FILE *text = open_memstream(&run->notes_text, &bytes);
  for (size_t i = 0; text && i < run->n_notes; i++)
    fprintf(text, "%s%s=%s", i ? "; " : "", run->notes[i].key, run->notes[i].value);
  if (!text || fclose(text) != 0) return no_memory(run);
  return status_ok();
}

Status run_add_note(Run *run, const char *key, const char *value) {
  RunKey *notes = reallocarray(run->notes, run->n_notes + 1, sizeof *notes);
  if (!notes) return no_memory(run);
  run->notes = notes;
  RunKey *note = &notes[run->n_notes++];
  *note = (RunKey){strdup(key), strdup(value)};
  return note->key && note->value ? status_ok() : no_memory(run);
}

Status run_take_notes(Run *run, const Record *record) {
  char key[RUN_TEXT];
  for (size_t i = 0; i < record->n; i++) {
    const Field *field = &record->fields[i];
    if (field->type != FIELD_TEXT || field->n_dims > 0) continue;
    if (!result_matches(RESULT_NOTE, field->path, key, sizeof key)) continue;
    TRY(run_add_note(run, key, field->data));
  }
  return run_join_notes(run);
}

/* The length of the key with which a text begins as "KEY=VALUE"; 0 if it does not. */
static size_t key_length(const char *text) {
  size_t length = strcspn(text, "= ;");
  return text[length] == '=' ? length : 0;
}

/* Where the first note of a text ends: at "; " before another one. */
static const char *end_of_note(const char *text) {
  const char *end = strstr(text, "; ");
  while (end && key_length(end + 2) == 0) end = strstr(end + 2, "; ");
  return end ? end : text + strlen(text);
}

Status run_split_notes(Run *run, const char *text) {
  while (*text) {
    const char *end = end_of_note(text);
    size_t length = key_length(text);
    char *key = length > 0 ? strndup(text, length) : strdup("note");
    const char *from = length > 0 ? text + length + 1 : text;
    char *value = strndup(from, (size_t)(end - from));
    Status status = key && value ? run_add_note(run, key, value) : no_memory(run);
    free(key);
    free(value);
    TRY(status);
    text = *end ? end + 2 : end;
  }
  return status_ok();
}
