#ifndef NORMLAB_STUDY_SUBMIT_H
#define NORMLAB_STUDY_SUBMIT_H
/* Hands runs to Slurm. What a job trains is frozen when it is submitted: configuration, program,
 * scripts, environment and a hash of the images are in a folder of the submission, which is all
 * that the job reads. What earlier submissions have queued is asked of Slurm, and is not queued
 * twice. Not collective. */
#include "config/config.h"
#include "study/study.h"
#include "study/until.h"

typedef struct SubmitRun {
  Config *config;
  const char *out;       /* the result file */
  const char *data;      /* the folder of the images, or "synthetic"; NULL: none is given */
  const char *data_hash; /* what the images' hash has to be, or NULL */
  const char *init;      /* as TrainOptions.init */
  char *const *words; /* [n_words] the arguments of normlab train that it came from, for its check
                       */
  int n_words;
  char *const *more; /* [n_more] further arguments of normlab train, such as --threads 4 */
  int n_more;
} SubmitRun;

typedef struct SubmitRequest {
  const char *title;     /* the path of the study or the list; NULL: this is a single run, which has
                         neither array nor comparison */
  const char *folder;    /* of the results; NULL: that of the first run's file */
  const SubmitRun *runs; /* all runs of the study, the finished ones too */
  int n_runs;
  char *const *options; /* [n_options], for sbatch */
  int n_options;
  const char *typed; /* the command line, for the record */
  int is_dry;        /* 1: says what would be done, and does nothing */
  int cancels;       /* 1: queued runs of another configuration are cancelled and queued anew, those
                        that the study has no longer are cancelled */
  const char *name;  /* what the jobs are called; NULL: as the list or the result file */
  const UntilOptions *until; /* of submit_study(): seeds are added until variants are decided; NULL:
                                all seeds are run */
  const struct Chain *chain; /* private, set by submit_study(): what follows the first array */
  const Study *study;        /* private: the whole study of the chain */
  const char *first; /* private [n_runs]: 1 for each run that may be queued now; NULL: all may */
} SubmitRequest;

/* Queues the runs that are open (state_is_open()) and not queued yet, and after them a job that
 * compares all files, in place of earlier ones that wait. Prints the numbers of the jobs, a line
 * each, and by log_note() what it does. Submissions of the same results wait for each other.
 *
 *   STATUS_USAGE   a run is queued with another configuration (without `cancels`) or its file is of
 *                  another one; an option of sbatch has no place here; or a run's check has failed
 *   STATUS_FAILED  Slurm has not answered or has refused; a job may then be queued, and the next
 *                  submission finds it
 *   others         those of reading images, files and the checks of runs
 *
 * After a failure other than of Slurm, nothing is queued or cancelled. */
Status submit_runs(const SubmitRequest *request) MUST_CHECK;

/* Does so with a study that comes from this source; its runs take the place of title, folder, name
 * and runs of the request. Where runs depend on the results of others, as values are tuned or seeds
 * added (request->until; the study's seeds are then all that there may be), all is queued at once:
 * the runs that come first, jobs that decide when these have ended (study/advance.h), the runs that
 * may follow, and the comparison. Jobs of earlier submissions that wait to decide, or for a
 * decision, are cancelled in favour of the new ones. STATUS_USAGE also if no variant is the
 * baseline. */
Status submit_study(const Study *study, const StudySource *source,
                    const SubmitRequest *request) MUST_CHECK;

#endif
