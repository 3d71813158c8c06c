#ifndef NORMLAB_COMMANDS_TRAIN_OPTIONS_H
#define NORMLAB_COMMANDS_TRAIN_OPTIONS_H
/* The options that say what a run is, for the commands that start or submit runs. Not collective.
 */
#include "commands/option.h"
#include "train/threads.h"

typedef struct TrainWords {
  Changes changes;
  const char *data, *data_hash, *out, *init, *trace;
  int n_threads, trace_steps;
  double time_limit; /* seconds; negative if none is given */
} TrainWords;

enum { TRAIN_OUT_BYTES = 4096, TRAIN_TRACE_STEPS = 10, TRAIN_MOST_TRACE_STEPS = 1000 };

/* The rows of these options; `member` is a TrainWords. */
#define OPTIONS_OF_TRAINING(Options, member)                                                       \
  OPTIONS_OF_CHANGES(Options, member.changes),                                                     \
      {"data", "DIR",                                                                              \
       "Trains on the images of this folder, in a format that normlab data --help has; "           \
       "$NORMLAB_DATA by default; or on synthetic digits, by the word synthetic.",                 \
       TO_TEXT(Options, member.data), .may_differ = 1},                                            \
      {"data-hash", "HASH",                                                                        \
       "Refuses images whose hash, /data@hash of a result file, is another one.",                  \
       TO_TEXT(Options, member.data_hash)},                                                        \
      {"out", "FILE",                                                                              \
       "Writes this file; by default results/<config>-<norm>-s<seed>.h5, with the keys that "      \
       "options have changed behind the norm, as in results/s6-batch-lr0.002-s1.h5.",              \
       TO_TEXT(Options, member.out)},                                                              \
      {"init", "FILE",                                                                             \
       "Starts from the weights of another result file, or of a PyTorch state_dict in HDF5, at "   \
       "the root or under /model, with names and shapes as the network's.",                        \
       TO_TEXT(Options, member.init), .may_differ = 1},                                            \
      {"time-limit", "T",                                                                          \
       "Stops with a checkpoint early enough for this time: 90s, 30min, 2h; 0: never. By default " \
       "it stops before the end of the Slurm job ($SLURM_JOB_END_TIME).",                          \
       TO_SECONDS(Options, member.time_limit)},                                                    \
      {"threads", "N",                                                                             \
       "Uses so many threads a rank; $OMP_NUM_THREADS by default, or the allowed cores shared by " \
       "the ranks.",                                                                               \
       TO_COUNT(Options, member.n_threads, MAX_THREADS), .may_differ = 1},                         \
      {"trace", "FILE",                                                                            \
       "Writes a timeline of every rank and thread by layer, for ui.perfetto.dev; an earlier "     \
       "FILE is replaced.",                                                                        \
       TO_TEXT(Options, member.trace)},                                                            \
  {                                                                                                \
    "trace-steps", "N", "Traces the first N steps, 10 by default.",                                \
        TO_COUNT(Options, member.trace_steps, TRAIN_MOST_TRACE_STEPS)                              \
  }

/* Reads the configuration `file` with the changes and finds the name of the result file. *config is
 * owned by the caller, and NULL after a failure to read it. STATUS_USAGE if the options contradict
 * each other. */
Status train_words_resolve(Config **config, char out[TRAIN_OUT_BYTES], const TrainWords *words,
                           const char *file) MUST_CHECK;
/* Returns the folder of the images, or "synthetic": --data, or $NORMLAB_DATA, or NULL. */
const char *train_words_data(const TrainWords *words);

#endif
