#ifndef NORMLAB_STUDY_COMMAND_H
#define NORMLAB_STUDY_COMMAND_H
#include "pool.h"
#include "study/study.h"

enum { COMMAND_EXTRA = 16 };

typedef struct Command {
  char **words; /* NULL at the end, and room for COMMAND_EXTRA more */
  int n;
} Command;

/* "train BASE ... --out FILE --resume". data: a folder, or NULL. */
Status command_make(Command *command, Pool *pool, const Study *study, const StudyRun *run,
                    const char *data) MUST_CHECK;
/* For messages and scripts: quoted as a shell wants it. */
Status command_text(char **text, Pool *pool, const char *word) MUST_CHECK;

#endif
