#ifndef NORMLAB_TESTS_NORM_DEFINITIONS_H
#define NORMLAB_TESTS_NORM_DEFINITIONS_H
/* What each norm is, word by word, apart from the program's own rows: which elements share
 * statistics, and what is done with them. */
#include "kernels/norm.h"

/* Row i of channel c of sample n of an activation; number: the one in the name of the norm. */
typedef struct NormRow {
  int n_samples, channels, rows, n, c, i, number;
} NormRow;

typedef struct NormDefinition {
  const char *name;        /* up to where its number begins */
  int (*group)(NormRow r); /* number of the group of statistics that a row belongs to */
  NormAffine affine;       /* per column goes with statistics of a row */
  int is_batch, is_rms, has_no_shift;
} NormDefinition;

/* The definition of the norm written so; aborts with a message if there is none. */
const NormDefinition *norm_definition(const char *text);

#endif
