#ifndef NORMLAB_REPORT_RUN_NOTES_H
#define NORMLAB_REPORT_RUN_NOTES_H
#include "report/run.h"

/* The notes of a run (Run.notes). All functions return STATUS_MEMORY. */

/* Takes what normlab note has put into the file. */
Status run_take_notes(Run *run, const Record *record) MUST_CHECK;

/* Adds a note. After the last one, run_join_notes() orders them and makes run->notes_text. */
Status run_add_note(Run *run, const char *key, const char *value) MUST_CHECK;
Status run_join_notes(Run *run) MUST_CHECK;

/* Adds the notes of a text like run->notes_text. What has no "KEY=" is the note "note". */
Status run_split_notes(Run *run, const char *text) MUST_CHECK;

#endif
