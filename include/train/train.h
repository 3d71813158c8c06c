#ifndef NORMLAB_TRAIN_TRAIN_H
#define NORMLAB_TRAIN_TRAIN_H
#include "config/config.h"

/* What a training run is told. The caller owns all of it until train_run returns. */
typedef struct TrainOptions {
  const Config *config;
  const char *data;      /* the folder of the images, or "synthetic"; NULL is refused */
  const char *data_hash; /* what /data@hash has to be, or NULL; other images are STATUS_DATA */
  const char *out;       /* the result file */
  int resume, overwrite; /* at most one of them is set */
  const char *init;      /* the file that the first weights are taken from (model_read_weights), or
                               NULL; a run that is resumed has its own weights */
  int n_threads;         /* of a rank, as threads_choose takes it; 0 lets it choose */
  const char *trace;     /* the file that gets a timeline (Chrome's trace events), or NULL; it is
                               replaced if it is there, and is also written when a run stops or
                               diverges */
  int trace_steps;       /* the timeline covers so many steps from the start; at least 1 */
  double progress;       /* seconds between two lines that tell how far the run is, where no
                               terminal shows it; 0: there are none, and no note either
                               (store/note.h) */
  double time_limit;     /* seconds from now; 0 is no limit; a negative one stands for what
                               SLURM_JOB_END_TIME leaves, and is no limit outside Slurm */
  const char *command_line; /* for the record */
} TrainOptions;

/* Collective. Trains and writes the result file. All ranks return the same status:
 *
 *   STATUS_OK       All epochs are done (or were done before, with resume).
 *   STATUS_STOPPED  A signal that asks for it came to some rank (SIGTERM, SIGINT, SIGHUP, SIGQUIT,
 *                   SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU or SIGPWR), or nobody reads standard output
 *                   any more, or the time limit is so near that a step, an evaluation and a
 *                   checkpoint as measured just fit. A checkpoint is saved, unless the run had not
 *                   begun its file.
 *   STATUS_NUMBERS  The loss, a gradient or a weight is not finite or out of range. The file holds
 *                   the last good state and the status "diverged".
 *   others          They mean what base/status.h says. The file is the last good generation.
 *
 * A run in which nothing goes on for watchdog.seconds names its ranks, steps, phases and layers on
 * standard error, and all processes exit with STATUS_STALLED. (Not before MPI has started.)
 *
 * A second SIGINT or SIGQUIT ends the process at once. Output that cannot be written for another
 * reason ends no run. With resume and no file yet, the run starts from the beginning and says so.
 *
 * In the result file, /model is the network that has been evaluated and predicts. With training.ema
 * that is the average of the weights; the weights that training goes on from are then in
 * /optimizer/weights. /config@init names the file given as init, and /config@init_hash is the
 * record_digest of the weights taken from it; neither is part of the digest of the result. */
Status train_run(const TrainOptions *options) MUST_CHECK;

/* From now on the signals that ask a run to stop are kept for it (train_run), even if it has not
 * begun; those that are blocked are let through. Not collective. */
void train_take_signals(void);

/* Calls visit(context, name, value) for each line of what --version and the environment part of
 * result files say of this program and machine. Not collective. */
void environment_visit(void (*visit)(void *context, const char *name, const char *value),
                       void *context);

#endif
