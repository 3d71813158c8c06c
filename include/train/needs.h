#ifndef NORMLAB_TRAIN_NEEDS_H
#define NORMLAB_TRAIN_NEEDS_H
/* The memory that a run takes, in bytes, for any number of ranks and threads. What is planned
 * before the first step is counted; what the program and its libraries take is measured. Not
 * collective. */
#include "nn/pass.h"
#include <stdio.h>

/* What is trained on what. */
typedef struct RunSize {
  const Network *network;
  int n_train, n_evaluated; /* images; 0: they are not known */
  size_t data_bytes;        /* of all images and labels */
} RunSize;

typedef struct Needs {
  size_t program; /* the program and its libraries, as far as they are in memory now, without what
                        MPI takes for messages; needs_count() leaves it 0 */
  size_t network; /* weights, the optimizer's state, their average */
  size_t pass;    /* activations, gradients, and what threads work with */
  size_t order;   /* the order of the images */
  size_t images;  /* the data set, which the ranks of a node share; rank 0 has read all of it */
  size_t seen;    /* the part of it that another rank looks at: what is trained on, and what it
                        evaluates */
  size_t part;    /* predictions of a rank, while it evaluates */
  size_t evaluation; /* rank 0 alone: the predictions of all */
  size_t result; /* rank 0 alone: the content of the result file, and twice more of it while it is
                        written */
  size_t wrong;  /* rank 0 alone: what that has in addition, at most, for the pixels of
                        misclassified images; so much if predictions are those of chance */
} Needs;

/* Counts what a rank of this layout needs. Returns STATUS_MEMORY. */
Status needs_count(Needs *needs, const RunSize *size, PassLayout layout) MUST_CHECK;

/* Return what a rank other than rank 0 takes, what rank 0 takes at least and at most, and what the
 * ranks of a node take together at most if rank 0 is one of them. */
size_t needs_of_rank(const Needs *needs);
size_t needs_of_first_least(const Needs *needs);
size_t needs_of_first(const Needs *needs);
size_t needs_of_node(const Needs *needs, int n_ranks);

/* Prints them, as lines that begin with `head`. */
void needs_print(FILE *out, const char *head, const Needs *needs, PassLayout layout);

#endif
