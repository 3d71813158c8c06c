#ifndef NORMLAB_TRAIN_TRACE_H
#define NORMLAB_TRAIN_TRACE_H
#include "nn/profile.h"

/* A timeline of all ranks and threads over the first steps of a run, as Chrome's trace events:
 * ui.perfetto.dev and chrome://tracing open it. A process is a rank; times begin at a barrier, in
 * microseconds; args.step counts all steps of the training, from 0. */
typedef struct Trace Trace;

/* Collective. Sets all memory aside, and records from now on. Fails if the file cannot be written.
 * Without a file there is no trace, and *trace is NULL, which all below take. */
Status trace_start(Trace **trace, const char *file, int n_steps, Pass *pass) MUST_CHECK;
/* Another step has ended: after the last one that is asked for, recording ends. */
void trace_step(Trace *trace);
/* Collective. Writes what was recorded so far, in place of what the file held before. Returns
 * `status` if that is a failure already. */
Status trace_finish(Trace *trace, Status status) MUST_CHECK;
void trace_free(Trace *trace);

#endif
