#ifndef NORMLAB_CONFIG_STATISTICS_H
#define NORMLAB_CONFIG_STATISTICS_H
/* Where the statistics of norms that cross samples (batch norms) come from when a network is
 * evaluated. For such a network these are three networks, whose accuracies differ by whole points
 * where few samples share statistics (Wu and Johnson 2021, Rethinking "Batch" in BatchNorm). For
 * all other networks they are one. */
typedef enum Statistics {
  STATISTICS_RUNNING,    /* the running averages of training */
  STATISTICS_POPULATION, /* mean and variance over all training images, layer by layer */
  STATISTICS_BATCH,      /* those of groups of the evaluated images, as large as in training */
  N_STATISTICS
} Statistics;

/* "running" and so on; NULL ends them. */
extern const char *const STATISTICS_NAMES[N_STATISTICS + 1];
/* What a sentence says of them: "running averages" and so on. */
extern const char *const STATISTICS_TEXTS[N_STATISTICS];

/* Returns the way of this name, or N_STATISTICS if there is none. */
Statistics statistics_find(const char *name);

#endif
