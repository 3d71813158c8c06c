#ifndef NORMLAB_STUDY_SUBMISSION_H
#define NORMLAB_STUDY_SUBMISSION_H
/* The folder of a submission, RESULTS/submissions/TIME-ID: all that its jobs read, as it was when
 * they were submitted. It is made once and never changed; only `queued`, the lists that steps of a
 * chain (chain.h) write, and what the jobs print are added. It holds
 *
 *   submission    what was submitted, when, from where and by which program: "KEY: VALUE" lines
 *   runs          the arguments of one normlab train a line, with absolute paths: task N of the
 *                 array does line N
 *   N-NAME.yaml   the resolved configuration of line N
 *   runs-K, K-N-NAME.yaml   the same for the array behind step K, which writes them
 *   files         what the comparison is called with, a word a line: the result files; missing for
 *                 a single run, and before the last step of a chain
 *   study/, base/ the study and its base as they were, for the steps of a chain
 *   decided       what the last look has come to, for the comparison
 *   environment   variables for the shell
 *   normlab       the program
 *   jobs/         the scripts
 *   init-HASH.h5  the weights of --init
 *   queued        "KIND NUMBER STAGE" of each job, as Slurm has taken them; KIND is array, run,
 *                 step or comparison, and STAGE the number of the array or the step
 *
 * Not collective. */
#include "chain.h"
#include "data/dataset.h"
#include "study/submit.h"
#include "study/words.h"

/* The scripts of jobs/ that Slurm is given, by which a job is known for one of ours. */
typedef enum SubmissionScript {
  SCRIPT_RUNS,       /* study.sbatch: a task for each run */
  SCRIPT_RUN,        /* train.sbatch */
  SCRIPT_STEP,       /* step.sbatch */
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

/* The runs of an array. */
typedef struct FrozenList {
  FrozenRun *runs; /* [n] */
  int n, is_there; /* 0: the step before it has not written it yet */
} FrozenList;

typedef struct Submission {
  char *folder;      /* absolute */
  const char *title; /* what was submitted: the path of a study or a list; "" for a single run */
  Chain chain;       /* n_steps = 0: there is none */
  FrozenList *lists; /* [chain.n_steps + 1], by the number of the array */
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
  const WantedRun *files;       /* [n_files], those that are compared; none for a single run, and
                                   where a step finds them */
  int n_runs, n_files;
  const Chain *chain; /* NULL: there is none */
} SubmissionParts;

/* Makes a folder, and sets *submission to what it holds. STATUS_FILE; a failure leaves nothing. */
Status submission_write(Submission *submission, Pool *pool,
                        const SubmissionParts *parts) MUST_CHECK;
/* Removes a folder whose jobs have not been submitted. */
void submission_remove(const char *folder);

/* Writes the configuration of a run, line `number` of array `stage`, to the folder, and makes its
 * words of normlab train. STATUS_FILE. */
Status submission_freeze(WordLine *line, Pool *pool, const char *folder, const WantedRun *wanted,
                         int stage, int number) MUST_CHECK;
/* Adds the study and its base to a folder. STATUS_FILE. */
Status submission_keep_study(const Submission *submission, Pool *pool,
                             const StudySource *source) MUST_CHECK;
/* Sets *text, in the pool, to words as a shell wants them quoted, and the end of the line. */
Status submission_line(char **text, Pool *pool, char *const *words, int n) MUST_CHECK;
/* Returns the path of the list of array `stage`, in the pool; NULL without memory. */
char *submission_list(Pool *pool, const char *folder, int stage);

/* Adds a line to `queued`. STATUS_FILE. */
Status submission_note(const Submission *submission, SubmissionScript script, int stage,
                       const char *job) MUST_CHECK;
/* Returns the number of a job of a folder by `queued`, in the pool; NULL if there is none. */
const char *submission_job(Pool *pool, const char *folder, SubmissionScript script, int stage);
/* Looks in all submissions below the results' folder for the job of this number in `queued`.
 * Returns 1 and sets *folder, in the pool, *script and *stage if there is one. */
int submission_find(char **folder, SubmissionScript *script, int *stage, Pool *pool,
                    const char *results, const char *job);
/* Returns the newest submission below the results' folder whose seeds are added until variants are
 * decided, as a folder in the pool; NULL if there is none. */
char *submission_newest_looks(Pool *pool, const char *results);

#endif
