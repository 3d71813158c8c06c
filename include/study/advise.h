#ifndef NORMLAB_STUDY_ADVISE_H
#define NORMLAB_STUDY_ADVISE_H
/* How runs should be started: ranks, threads, memory and time, from a few steps that are measured
 * on this machine. Not collective. */
#include "config/config.h"
#include "study/study.h"

typedef struct AdviseRequest {
  const Config *config; /* of the single run; NULL: a study is given */
  const Study *study;   /* with all its runs; NULL: a single run is given */
  const char *data;     /* the folder of the images, or "synthetic"; NULL: none is given */
  char *const *words;   /* [n_words] the words behind "normlab" that name what is started: "train
                              CONFIG --norm layer", or "study FILE --data DIR"; for a study the
                              action is put behind the second */
  int n_words;
  int n_cores, n_nodes;  /* of a node, and nodes, that the runs will have; 0: what Slurm says of
                              the partition or of this job, or those here */
  const char *partition; /* of Slurm's; NULL: none */
  int as_json;
} AdviseRequest;

/* Measures by `normlab bench`, in processes that the MPI library's launcher starts, and prints to
 * standard output ranks and threads, memory, time, and the commands that start it, and what of this
 * was measured and what follows from that. The failures are those of train_check(), and
 *
 *   STATUS_USAGE   sinfo does not know the partition
 *   STATUS_FAILED  sinfo or the launcher cannot be started, or does not answer */
Status advise(const AdviseRequest *request) MUST_CHECK;

#endif
