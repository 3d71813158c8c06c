#ifndef NORMLAB_COMMANDS_START_H
#define NORMLAB_COMMANDS_START_H
/* Which processes carry out a command, and with what around them. */
#include "base/status.h"

typedef enum Start {
  START_WATCHED,    /* All ranks do, with MPI; the run watches over itself once it has started. */
  START_WITH_MPI,   /* All ranks do, with MPI. */
  START_WITHOUT_MPI /* The first process does, without MPI; the others leave at once. */
} Start;

/* What the processes that carry out a command do with the command line as each has read it. */
typedef struct Task {
  const char *name; /* of the command */
  /* Lets the ranks agree on what came of reading. Collective; called only where there is MPI. */
  Status (*agree)(void *context, Status reading);
  Status (*run)(void *context);
  void *context;
} Task;

/* Returns whether this is the process that prints, before MPI has started. Not collective. */
int start_is_first(void);

/* Carries out a task; starts MPI for it if that is needed, and ends it. `reading` is what came of
 * reading the command line. Prints the one message of a failure and returns its status, the same on
 * all ranks. Collective. */
StatusCode start_task(Start start, Status reading, const Task *task);

#endif
