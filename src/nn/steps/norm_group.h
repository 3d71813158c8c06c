#ifndef NORMLAB_NN_STEPS_NORM_GROUP_H
#define NORMLAB_NN_STEPS_NORM_GROUP_H
/* A norm and those of its neighbours that are done together with it, a piece at a time, where an
 * activation between them is too large for a core's second-level cache: such layers would wait for
 * memory most of the time. While one piece is computed the next one is fetched (kernels/conv.h,
 * Ahead). Results are the same bits as by operations alone, except with moments of the images.
 *
 * A group is a head (what gives the norm's sums), the norm, and a tail (how its output is made). A
 * norm that crosses samples is two steps a direction, with an exchange between them. */
#include "../ops/norm.h"
#include "step.h"

/* How a norm's output is made and gone back through: norm_alone.c, norm_conv.c, norm_pool.c. */
typedef struct NormTail {
  /* Whether the norm and the operation after it (NULL: there is none) can and should be done so; it
   * fills the group's fields. n_readers: by activation. */
  int (*fits)(NormGroup *group, const Network *network, const int *n_readers);
  /* Makes the norm's output, from its statistics, and what follows of the group. */
  void (*forward)(const Context *context, const NormGroup *group);
  /* Goes back through what follows of the group and through the norm's first half: adds the
   * parameters' gradients, fills sum_d and sum_dx [U][16], and leaves dz in the gradient of the
   * norm's output, where that is stored. */
  void (*backward)(const Context *context, const NormGroup *group, double *sum_d, double *sum_dx);
  void (*sizes)(Sizes *sizes, const Network *network, const NormGroup *group); /* or NULL */
} NormTail;

/* Where a norm's sums come from: norm_sums.c, conv_sums.c, conv_norm_conv.c. */
typedef struct NormHead {
  /* Whether the convolution before the norm (NULL: there is none) can and should be done so; the
   * tail has been chosen. */
  int (*fits)(NormGroup *group, const Network *network, const int *n_readers, int batch);
  /* Appends the steps before the norm's own; NULL: none. */
  void (*append)(const NormGroup *group, StepList *list);
  /* Makes these rows of the norm's input just before the norm reads them; NULL: they are there. */
  void (*make_rows)(const Context *context, const NormGroup *group, Band rows);
  /* Leaves the sums of the norm's input in the thread's sums; NULL: they are there. */
  void (*sums)(const Context *context, const NormGroup *group);
  /* The second half of the norm's backward pass, with the means [U][16]: writes the gradient of its
   * input, or what the convolution before it wants of that. NULL: finish takes its place. */
  void (*apply)(const Context *context, const NormGroup *group, const double *mean_d,
                const double *mean_dx);
  int (*finish)(Pass *pass, const Step *step); /* of the backward step, or NULL */
  void (*sizes)(Sizes *sizes, const Network *network, const NormGroup *group); /* or NULL */
} NormHead;

struct NormGroup {
  const Op *norm;
  const NormMap *map;
  const NormHead *head;
  const NormTail *tail;
  const Op *before; /* the convolution before the norm if it is part of the group, or NULL */
  const Op *after;  /* the operation after it, likewise; then the norm's output is never stored */
  int before_channels;    /* of a piece of the result of the convolution before */
  int n_rows, n_channels; /* of a piece of the norm's output: rows forward, channels in both */
  int is_first;   /* the convolution before reads the images: its weight gradient is done with the
                      norm's second half, as nobody wants the gradient of its output */
  int is_local;   /* channels of different pieces share no statistics, and the tail does the norm's
                      second half with the first */
  int by_moments; /* the head takes sums from moments of the images */
  int is_stored;  /* the gradient of the norm's output is stored as a whole */
  size_t n_moments;
};

void norm_group_sizes(Sizes *sizes, const Network *network, const NormGroup *group, int batch);
/* Append the group's steps. */
void norm_group_forward(const NormGroup *group, StepList *list);
void norm_group_backward(const NormGroup *group, StepList *list);

/* Memory for what a norm that crosses samples exchanges. */
Status norm_exchange_make(Exchange *exchange, const NormGroup *group, int batch) MUST_CHECK;

#endif
