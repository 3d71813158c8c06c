#ifndef NORMLAB_STUDY_SUBMISSION_H
#define NORMLAB_STUDY_SUBMISSION_H
/* The folder of a submission, RESULTS/submissions/TIME-ID: all that its jobs read, as it was when
 * they were submitted. It is made once and never changed; only `queued` and what the jobs print are
 * added. It holds
 *
 *   submission    what was submitted, when, from where and by which program: "KEY: VALUE" lines
 *   runs          the arguments of one normlab train a line, with absolute paths: task N of the
 *                 array does line N
 *   N-NAME.yaml   the resolved configuration of line N
 *   files         all result files that the comparison takes, in one line; missing for a single run
 *   environment   variables for the shell
 *   normlab       the program
 *   jobs/         the scripts
 *   init-HASH.h5  the weights of --init
 *   queued        "array NUMBER", "run NUMBER" or "comparison NUMBER", as Slurm has taken them
 *
 * Not collective. */
#include "data/dataset.h"
#include "study/submit.h"
#include "study/words.h"

/* The scripts of jobs/ that Slurm is given, by which a job is known for one of ours. */
typedef enum SubmissionScript {
  SCRIPT_RUNS,       /* study.sbatch: a task for each run */
  SCRIPT_RUN,        /* train.sbatch */
  SCRIPT_COMPARISON, /* compare.sbatch */
  N_SCRIPTS
} SubmissionScript;
extern const char *const SUBMISSION_SCRIPTS[N_SCRIPTS]; /* "study.sbatch" */
extern const char *const SUBMISSION_KINDS[N_SCRIPTS];   /* "array": how `queued` calls it */

/* A run as it is in the folder. */
typedef struct FrozenRun {
  const char *out, *config;     /* absolute paths */
  const char *data_hash, *init; /* the hash, and the name of a file in the folder; "" without */
  char *const *words;           /* [n_words], its arguments of normlab train */
  int n_words;
} FrozenRun;

typedef struct Submission {
  char *folder;      /* absolute */
  const char *title; /* what was submitted: the path of a study or a list; "" for a single run */
  FrozenRun *runs;
  int n_runs;
} Submission;

/* Reads a folder. The failures are those of words_read(), and STATUS_DATA if it is none. */
Status submission_read(Submission *submission, Pool *pool, const char *folder) MUST_CHECK;

/* A run that is to be submitted: its paths made absolute, its data and weights known by hashes. */
typedef struct WantedRun {
  const SubmitRun *run;
  char *out, *data, *init;           /* NULL without */
  char data_hash[DATASET_HASH_TEXT]; /* "" without a folder */
  char init_name[32];                /* "" without --init */
} WantedRun;

/* What a folder is made of. */
typedef struct SubmissionParts {
  const SubmitRequest *request;
  const char *results;          /* the absolute folder that it is made in */
  const char *title;            /* absolute; "" for a single run */
  const WantedRun *const *runs; /* [n_runs], those that are queued */
  const WantedRun *files;       /* [n_files], those that are compared; none for a single run */
  int n_runs, n_files;
} SubmissionParts;

/* Makes a folder, and sets *submission to what it holds. STATUS_FILE; a failure leaves nothing. */
Status submission_write(Submission *submission, Pool *pool,
                        const SubmissionParts *parts) MUST_CHECK;
/* Removes a folder whose jobs have not been submitted. */
void submission_remove(const char *folder);

/* Adds a line to `queued`. STATUS_FILE. */
Status submission_note(const Submission *submission, SubmissionScript script,
                       const char *job) MUST_CHECK;
/* Looks in all submissions below the results' folder for the job of this number in `queued`.
 * Returns 1 and sets *folder, in the pool, and *script if there is one. */
int submission_find(char **folder, SubmissionScript *script, Pool *pool, const char *results,
                    const char *job);

#endif
