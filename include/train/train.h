#ifndef NORMLAB_TRAIN_TRAIN_H
#define NORMLAB_TRAIN_TRAIN_H
#include "config/config.h"

/* In the result file, /model is the network that has been evaluated and predicts. With training.ema
 * that is the average of the weights; the weights that training goes on from are then in
 * /optimizer/weights. /config@init names the file given as init, /config@init_hash is the
 * record_digest of the weights taken from it; neither is part of the digest of the result. */
typedef struct TrainOptions {
  const Config *config;
  const char *data;         /* folder, or NULL: synthetic digits */
  const char *out;          /* result file */
  int resume, overwrite;    /* not both */
  const char *init;         /* file to take the first weights from (model_read_weights), or NULL;
                               a run that is resumed has its own */
  int n_threads;            /* a rank; 0: OMP_NUM_THREADS, or what fits the allowed cores; never
                               more than OMP_THREAD_LIMIT */
  const char *trace;        /* file for a timeline (Chrome's trace events), also of a run that stops
                               or diverges; replaced if there is one. Or NULL */
  int trace_steps;          /* how many steps from the start it covers, at least 1 */
  double time_limit;        /* seconds from now; 0: none; negative: what SLURM_JOB_END_TIME leaves,
                               none outside Slurm */
  const char *command_line; /* for the record */
} TrainOptions;

/* Collective. Trains and writes the result file; all ranks return the same status:
 *
 *   STATUS_OK       all epochs done (or were done before, with resume)
 *   STATUS_STOPPED  SIGTERM, SIGINT or SIGUSR1 came to some rank, or the time limit is near enough
 *                   for a step, an evaluation and a checkpoint as measured: a checkpoint is saved
 *   STATUS_NUMBERS  loss, a gradient or a weight is not finite or out of range; the file holds the
 *                   last good state and status "diverged"
 *   others          as in base/status.h; the file is the last good generation
 *
 * A run in which nothing goes on for watchdog.seconds names its ranks, steps, phases and layers on
 * standard error, and all processes exit with STATUS_STALLED. (Not before MPI has started.)
 *
 * A second SIGINT ends the process at once. SIGUSR1 may be blocked before: it is let through. With resume and no file yet, starts from the beginning
 * and says so. */
Status train_run(const TrainOptions *options) MUST_CHECK;

/* What the environment part of result files and --version say: calls visit(context, name, value)
 * for each. */
void environment_visit(void (*visit)(void *context, const char *name, const char *value),
                       void *context);

#endif
