#ifndef NORMLAB_STUDY_ADVISE_PARTS_H
#define NORMLAB_STUDY_ADVISE_PARTS_H
#include "study/advise.h"
#include "study/pool.h"
#include "train/estimate.h"

/* Where the runs are to run. */
typedef struct Machine {
  int n_cores, n_nodes; /* of a node; nodes */
  int has_slurm, has_hyperthreads;
  int is_here; /* 1: nothing but the cores of this process is spoken of */
  const char *partition;
} Machine;

/* Finds out, with the failures of advise(). n_here: the cores that this process may use. */
Status machine_find(Machine *machine, Pool *pool, const AdviseRequest *request,
                    int n_here) MUST_CHECK;

/* Runs that take equally long: they differ in seed, rates and the like alone. */
typedef struct RunKind {
  const Config *config; /* of the first of them */
  char *speed;          /* alike for kinds that train at the same speed */
  char *all;            /* alike for runs of this kind */
  int n_runs, n_left;   /* of the study, and those of them that are not done */
  Estimate estimate;
  Needs needs;
  double images_per_second; /* in the layout that was taken for measuring */
  int is_measured;          /* 0: the slowest speed of those that were measured is taken */
} RunKind;

/* Sets *kinds [*n], in the order of the runs. STATUS_MEMORY. */
Status kinds_find(RunKind **kinds, int *n, Pool *pool, const AdviseRequest *request) MUST_CHECK;

/* A layout that was measured. */
typedef struct Speed {
  PassLayout layout;
  double images_per_second;
} Speed;

/* Measures by normlab bench, for images of the estimate's size. STATUS_FAILED, or that of bench. */
Status speed_measure(double *images_per_second, Pool *pool, const Config *config,
                     const Estimate *estimate, PassLayout layout) MUST_CHECK;

enum { MOST_SPEEDS = 8 };
typedef struct Advice {
  Speed speeds[MOST_SPEEDS];
  int n_speeds, best;       /* the speed that the rest follows from */
  PassLayout layout;        /* the proposal */
  int n_nodes, is_measured; /* nodes that it takes; whether it is one of the speeds */
  double factor;            /* how much faster the proposal is than the best measured speed */
  RunKind *kinds;           /* [n_kinds]; the first one was measured in all layouts */
  int n_kinds;
} Advice;

/* Returns the seconds of a run of this kind as proposed: training, evaluation, and both. */
double advice_training(const Advice *advice, const RunKind *kind);
double advice_evaluation(const Advice *advice, const RunKind *kind);
double advice_run(const Advice *advice, const RunKind *kind);

Status advice_print(const Advice *advice, Pool *pool, const Machine *machine,
                    const AdviseRequest *request) MUST_CHECK;

/* The ending of a noun of which there are n. */
static inline const char *plural(int64_t n) {
  return n == 1 ? "" : "s";
}

#endif
