#ifndef NORMLAB_COMMANDS_SUBMIT_WORDS_H
#define NORMLAB_COMMANDS_SUBMIT_WORDS_H
/* Runs that are submitted, from the words of a command line. Not collective. */
#include "study/pool.h"
#include "study/submit.h"
#include "train_options.h"

/* Makes the words of normlab train behind its name, in the pool, with room for one more: the file
 * CONFIG, and those of the options that say what is trained. STATUS_MEMORY. */
Status submit_words_make(char ***words, int *n, Pool *pool, const TrainWords *options,
                         const char *file) MUST_CHECK;

/* Makes a run of the options and the file CONFIG; words [n_words] are all of them, for its check.
 * run->config is owned by the caller, also after a failure. The failures are those of
 * train_words_resolve(). */
Status submit_words_run(SubmitRun *run, Pool *pool, const TrainWords *options, const char *file,
                        char *const *words, int n_words) MUST_CHECK;

/* Submits the runs of a list, in which a line has the arguments of one normlab train
 * (words_read()); they take the place of title and runs of the request. STATUS_USAGE, with its
 * line, for a wrong one; the other failures are those of submit_runs(). */
Status submit_words_list(const char *file, const SubmitRequest *request) MUST_CHECK;

#endif
