#ifndef NORMLAB_STUDY_COMMAND_H
#define NORMLAB_STUDY_COMMAND_H
/* The command of a run. Not collective. */
#include "study/pool.h"
#include "study/study.h"

enum { COMMAND_EXTRA = 16 };

typedef struct Command {
  char **words; /* ended by NULL, with room for COMMAND_EXTRA more */
  int n;
} Command;

/* Makes the words "train BASE ... --out FILE --resume", in the pool. `data` is a folder, or NULL.
 * Returns STATUS_MEMORY. */
Status command_make(Command *command, Pool *pool, const Study *study, const StudyRun *run,
                    const char *data) MUST_CHECK;
/* Writes a word as a shell wants it quoted, in the pool; it is for messages and scripts. Returns
 * STATUS_MEMORY. */
Status command_text(char **text, Pool *pool, const char *word) MUST_CHECK;

#endif
