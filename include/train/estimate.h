#ifndef NORMLAB_TRAIN_ESTIMATE_H
#define NORMLAB_TRAIN_ESTIMATE_H
/* What a run would take, without starting it. */
#include "train/needs.h"
#include "train/train.h"
#include <stdint.h>

typedef struct Estimate {
  int c, h, w;                /* of an image */
  int batch;                  /* samples of a whole step */
  int n_trained, n_evaluated; /* images */
  int64_t n_epochs;
  double n_steps;          /* of training; the last evaluation counts as some of them as far as
                                   it does more than the others */
  int n_threads;           /* of the one rank that was measured */
  double step, evaluation; /* seconds: the median of the steps; that of all images */
} Estimate;

/* Reads the data, builds the network, trains n_measured steps in this process, of which nothing is
 * kept, and evaluates as many batches. Sets needs [n] to the memory of a rank of layouts [n]. The
 * result file of the options is not looked at, and nothing is printed. The failures are those of
 * train_check(). Without MPI; not collective. */
Status train_estimate(Estimate *estimate, Needs *needs, const TrainOptions *options,
                      const PassLayout *layouts, int n, int n_measured) MUST_CHECK;

/* Returns the seconds that the whole run trains and evaluates where it trains so many images a
 * second; evaluation is as much faster or slower as training is. */
double estimate_training(const Estimate *estimate, double images_per_second);
double estimate_evaluation(const Estimate *estimate, double images_per_second);

#endif
