#ifndef NORMLAB_TESTS_NN_TWIN_PAIR_H
#define NORMLAB_TESTS_NN_TWIN_PAIR_H
/* A network beside the plain double-precision one of tests/reference, on the same batch of random
 * images. cmocka's assertions are used inside. */
#include "fixture.h"
#include "network_reference.h"
#include "nn/pass.h"

#include <stdint.h>

enum { N_CLASSES = 5 };

/* A network and its twin, with the same parameters, all of them away from their initial values. */
typedef struct Pair {
  Config *config;
  Network network;
  Pass *pass;
  Images images;
  uint32_t *index;
  int n;
  NetworkReference *twin;
  double *parameters, *x, *running_mean, *running_variance, *gradient;
} Pair;

/* The limits of renorm in the twins that are made next; 1 and 0 at first. */
extern RenormLimits twin_limits;
/* 1: the running statistics that are made next differ by channel; at first they are 0 and 1. */
extern int twin_running_differs;

/* The network of the text with that norm (see config_make) and conv.backend, its twin, and a batch
 * of n images of 2 x 13 x 12, at most 64. Unless margin is 0, the images are such that in training
 * no ReLU and no maximum is closer than that to its other branch. There is no pass yet. */
void pair_make(Pair *p, const char *text, const char *norm, int n, const char *backend,
               double margin);
/* What p points to, and the pass, if there is one. */
void pair_free(Pair *p);

/* Sets x to the images of the batch, after a change of index. */
void twin_inputs(Pair *p);
/* Labels [n] in the order of the batch. */
void twin_labels(const Pair *p, uint8_t *label);
/* The twin's sum of losses of the batch; in training its running statistics are updated. */
double twin_forward(Pair *p, int is_training);
/* The twin's running statistics as they are before the first batch. */
void reset_running(Pair *p);

#endif
