#include "base/log.h"
#include "base/utf8.h"
#include "commands/command.h"
#include "report/run.h"
#include "store/file.h"
#include "store/schema.h"
#include "train/model.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct Options {
  int reseal;
} Options;

static const Option OPTIONS[] = {
    {"reseal", NULL,
     "Takes a file that another program has changed, after it has been checked, and writes it "
     "again "
     "with a right check sum and the note normlab.changed, which stays.",
     TO_FLAG(Options, reseal)},
    {0}};

enum { MAX_KEY = 64, MAX_VALUE = 4096, MAX_NOTES = 256 };
static const char OWN[] = "normlab.", CHANGED[] = "normlab.changed";

static Status check_key(const char *word, size_t length) {
  int is_good = length > 0 && length < MAX_KEY && isalnum((unsigned char)word[0]);
  for (size_t i = 0; i < length; i++)
    is_good &= word[i] > 0 && (isalnum((unsigned char)word[i]) || strchr("._-", word[i]) != NULL);
  if (!is_good)
    return status_error(STATUS_USAGE,
                        "note: %.80s: expected KEY=VALUE; a key has letters, digits, '.', '_' and "
                        "'-', fewer than %d",
                        word, MAX_KEY);
  if (strncmp(word, OWN, strlen(OWN)) == 0)
    return status_error(STATUS_USAGE, "note: %.80s: keys that begin with %s are of the program",
                        word, OWN);
  return status_ok();
}

static Status check_word(const char *word) {
  size_t length = strcspn(word, "=");
  if (!word[length])
    return status_error(STATUS_USAGE, "note: %.80s: expected KEY=VALUE, or KEY= to remove it",
                        word);
  TRY(check_key(word, length));
  const char *value = word + length + 1;
  if (strlen(value) >= MAX_VALUE)
    return status_error(STATUS_USAGE, "note: %.*s: a value has fewer than %d bytes", (int)length,
                        word, MAX_VALUE);
  for (int n; *value; value += n) {
    n = utf8_length(value);
    if (n == 0 || (unsigned char)*value < ' ' || *value == 127)
      return status_error(STATUS_USAGE, "note: %.*s: its value is not one line of UTF-8",
                          (int)length, word);
  }
  return status_ok();
}

static Status put_note(Record *record, const char *key, size_t length, const char *value) {
  char path[RESULT_PATH], name[MAX_KEY];
  snprintf(name, sizeof name, "%.*s", (int)length, key);
  result_path(path, sizeof path, RESULT_NOTE, name);
  if (value[0]) return result_put_path(record, path, FIELD_TEXT, 0, NULL, value, NULL);
  record_remove(record, path);
  return status_ok();
}

static Status put_notes(Record *record, const char *file, const Words *words) {
  size_t n = 0;
  for (int i = 1; i < words->n; i++) {
    size_t length = strcspn(words->word[i], "=");
    TRY(put_note(record, words->word[i], length, words->word[i] + length + 1));
  }
  for (size_t i = 0; i < record->n; i++)
    n += result_matches(RESULT_NOTE, record->fields[i].path, NULL, 0) != 0;
  if (n <= MAX_NOTES) return status_ok();
  return status_error(STATUS_USAGE, "%s: a file has at most %d notes", file, MAX_NOTES);
}

/* With what a comparison and a prediction would look at. */
static Status check_changed(const Record *record, const char *file) {
  Run run;
  Model model = {0};
  TRY(run_from_record(&run, record, file));
  Status status = status_ok();
  if (run.state == RUN_BAD)
    status = status_error(STATUS_DATA, "%s: not taken: %s", file, run.reason);
  run_free(&run);
  if (!status.code) status = model_load(&model, record, file);
  model_free(&model);
  return status;
}

static Status mark_changed(Record *record) {
  char text[128], path[RESULT_PATH];
  time_t seconds = time(NULL);
  struct tm utc;
  strftime(text, sizeof text, "by another program; taken as it is at %Y-%m-%dT%H:%M:%SZ",
           gmtime_r(&seconds, &utc));
  result_path(path, sizeof path, RESULT_NOTE, CHANGED);
  return result_put_path(record, path, FIELD_TEXT, 0, NULL, text, NULL);
}

static Status read_file(Record *record, const char *file, const Options *options,
                        int *has_changed) {
  *has_changed = 0;
  if (!options->reseal) return result_read_exactly(record, file);
  TRY(result_read_changed(record, file, has_changed));
  if (!*has_changed) return status_ok();
  Status status = check_changed(record, file);
  if (!status.code) status = mark_changed(record);
  if (status.code) record_free(record);
  return status;
}

/* With the right to write the file. */
static Status write_notes(ResultFile *out, const char *file, const Options *options,
                          const Words *words) {
  Record record;
  int has_changed;
  TRY(read_file(&record, file, options, &has_changed));
  Status status = put_notes(&record, file, words);
  if (!status.code && !has_changed && words->n == 1)
    log_note("%s: nothing has changed it since it was written", file);
  else if (!status.code && !(status = result_add_scales(&record)).code)
    status = result_write(out, &record);
  record_free(&record);
  return status;
}

static Status list_notes(const char *file) {
  Record record;
  Run run;
  int used_previous;
  TRY(result_read(&record, file, &used_previous));
  Status status = run_from_record(&run, &record, file);
  record_free(&record);
  TRY(status);
  for (size_t i = 0; i < run.n_notes; i++) printf("%s=%s\n", run.notes[i].key, run.notes[i].value);
  if (run.n_notes == 0) log_note("%s: it has no notes", file);
  run_free(&run);
  return status_ok();
}

static Status run(void *from, const Words *words) {
  const Options *options = from;
  if (words->n == 0) return status_error(STATUS_USAGE, "note: no FILE; see normlab note --help");
  for (int i = 1; i < words->n; i++) TRY(check_word(words->word[i]));
  const char *file = words->word[0];
  if (words->n == 1 && !options->reseal) return list_notes(file);
  Record record;
  ResultFile *out;
  int has_changed;
  TRY(read_file(&record, file, options, &has_changed)); /* is it there, and good? */
  record_free(&record);
  Status status = result_open(&out, file, OPEN_RESUME);
  if (status.code) return status_error(status.code, "%.900s; nothing was noted", status.text);
  status = write_notes(out, file, options, words);
  result_close(out);
  return status;
}

const Command COMMAND_note = {
    .name = "note",
    .summary = "what people say of a run, kept in its result file",
    .usage = "FILE\nFILE KEY=VALUE... [--reseal]",
    .about =
        "Keeps notes in a result file: KEY=VALUE sets one, KEY= removes it, and without any the "
        "notes are printed. They stay when the run is resumed, compare shows them, and the digest "
        "does not cover them. The file is replaced as a whole, as by a run; while a run is writing "
        "it, nothing is noted.\n"
        "A file that another program has changed has another check sum than its header says, and "
        "is refused by all commands. With --reseal it is taken as it is.",
    .options = OPTIONS,
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_MEMORY, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .start = START_WITHOUT_MPI,
    .run = run};
