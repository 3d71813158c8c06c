#ifndef NORMLAB_NN_STEPS_NORM_GROUP_H
#define NORMLAB_NN_STEPS_NORM_GROUP_H
/* A norm, and those of its neighbours that are done together with it. Where an activation between
 * them is too large for a core's second-level cache, such layers would wait for memory most of the
 * time; so the group works on one part of the activation after another. While one part is
 * computed, the next one is fetched (kernels/conv.h, Ahead). The results are the same bits as
 * those of the operations alone, unless sums are taken from moments of the images.
 *
 * A group is a head (which gives the norm's sums), the norm, and a tail (which makes its output).
 * A norm that crosses samples is two steps in each direction, with an exchange between them. */
#include "../ops/norm.h"
#include "step.h"

/* The tail of a group: how a norm's output is made and gone back through. There are three, in
 * norm_alone.c, norm_conv.c and norm_pool.c. */
typedef struct NormTail {
  /* Returns whether the norm and the operation after it (NULL: there is none) can and should be
   * done so, and then fills in the group's fields. n_readers [n_activations] is the number of
   * operations that read each activation. */
  int (*fits)(NormGroup *group, const Network *network, const int *n_readers);
  /* Makes the norm's output from its statistics, and whatever follows it in the group. */
  void (*forward)(const Context *context, const NormGroup *group);
  /* Goes back through what follows the norm in the group and through the norm's first half. It
   * adds the parameters' gradients and fills sum_d and sum_dx [U][16]. The gradient of the norm's
   * output stays as it is, where that is stored. */
  void (*backward)(const Context *context, const NormGroup *group, double *sum_d, double *sum_dx);
  void (*sizes)(Sizes *sizes, const Network *network, const NormGroup *group); /* or NULL */
} NormTail;

/* The head of a group: where a norm's sums come from. There are four, in norm_sums.c, conv_sums.c,
 * conv_norm.c and conv_norm_conv.c. */
typedef struct NormHead {
  /* Returns whether the convolution before the norm (NULL: there is none) can and should be done
   * so. The tail has been chosen before. */
  int (*fits)(NormGroup *group, const Network *network, const int *n_readers, int batch);
  /* Appends the steps that come before the norm's own; NULL: there are none. */
  void (*append)(const NormGroup *group, StepList *list);
  /* Makes the thread's share of the norm's input before its forward pass, and again where its
   * output is made again, as the input is not kept; NULL: it is kept. */
  void (*make_input)(const Context *context, const NormGroup *group);
  /* Makes these rows of the norm's input just before the norm reads them; NULL: they are there
   * already. */
  void (*make_rows)(const Context *context, const NormGroup *group, Band rows);
  /* Leaves the sums of the norm's input in the thread's sums; NULL: they are there already. */
  void (*sums)(const Context *context, const NormGroup *group);
  /* Does the second half of the norm's backward pass, with the means [U][16]. It writes the
   * gradient of the norm's input, or what the convolution before the norm wants of that. NULL:
   * finish() takes its place, and the sums travel with the gradient. */
  void (*apply)(const Context *context, const NormGroup *group, const double *mean_d,
                const double *mean_dx);
  int (*finish)(Pass *pass, const Step *step); /* Step.finish of the backward step, or NULL */
  void (*sizes)(Sizes *sizes, const Network *network, const NormGroup *group); /* or NULL */
} NormHead;

struct NormGroup {
  const Op *norm;
  const NormMap *map;
  const NormHead *head;
  const NormTail *tail;
  const Op *before;       /* the convolution before the norm if it belongs to the group, or NULL */
  const Op *after;        /* the operation after the norm, likewise; if there is one, the norm's
                             output is never stored */
  int before_channels;    /* the channels of a part of the result of the convolution before */
  int n_rows, n_channels; /* of a part of the norm's output: rows forward, channels in both
                             directions */
  int share_step;  /* the channels of a thread's share in the norm's first half are a multiple of
                     this */
  int shares_rows; /* 1: the share may be some rows of these channels */
  int is_first;    /* 1: the convolution before reads the images; its weight gradient is computed
                     with the norm's second half, as nobody wants the gradient of its output */
  int is_local;    /* 1: different parts share no statistics, and the tail does the norm's second
                      half together with the first */
  int makes_sums;  /* 1: the tail makes the norm's sums and statistics, too */
  int by_moments;  /* 1: the head takes sums from moments of the images */
  int is_again;    /* 1: the norm's output is made again just before the operation that alone reads
                      it, which is the next one, goes back */
  int is_stored;   /* 1: the gradient of the norm's output is stored as a whole */
  const Shape *pooled; /* of the pool after the norm, if the norm goes back from the gradient of the
                          pool's output (NormCall.pooled), or NULL */
  size_t n_moments, n_products;
};

/* Returns the part for which the thread does the first half of the norm's backward pass. */
static inline Band norm_group_share(const Context *context, const NormGroup *group) {
  const Shape s = shape_of(context, group->norm->out);
  if (group->shares_rows) return share_band(context, s, (ConvSteps){group->share_step, 1});
  return share_channels(context, s, group->share_step);
}
/* Returns what the thread sums over of the norm's input, in whole units. */
static inline Band norm_sums_share(const Context *context, const NormMap *map, Shape s) {
  if (map->unit == NORM_UNIT_PIXEL)
    return share_band(context, s, (ConvSteps){map->unit_channels, 1});
  return share_channels(context, s, 1);
}
/* Makes the statistics of the units of a band, each of which is a group by itself, from the block's
 * sums. */
void norm_part_statistics(const Context *context, const NormGroup *group, Band band);
/* Goes through the units of a band, in intervals: returns the one that begins in *channel, and sets
 * that to the channel in which the next one begins. The first begins in the band's first channel.
 */
Interval norm_band_units(const NormMap *map, Shape s, Band band, int *channel);
/* Sums over these parts of the norm's input, of which x is an array, into the block's sums. */
void norm_sums_part(const Context *context, const NormMap *map, Shape s, Band band, const float *x);

/* Raises the sizes that the group needs for batches of up to `batch` samples. */
void norm_group_sizes(Sizes *sizes, const Network *network, const NormGroup *group, int batch);
/* Append the group's steps, forward or backward. */
void norm_group_forward(const NormGroup *group, StepList *list);
void norm_group_backward(const NormGroup *group, StepList *list);

/* Appends a step that makes the norm's output again in the backward pass. */
void norm_group_again(const NormGroup *group, StepList *list);

/* Makes the memory for what a norm that crosses samples exchanges. Returns STATUS_MEMORY. Not
 * collective. */
Status norm_exchange_make(Exchange *exchange, const NormGroup *group, int batch) MUST_CHECK;
/* Returns the bytes that this takes. */
size_t norm_exchange_bytes(const NormGroup *group, int batch);
/* Returns how many integers the norm has at the end of a step's message (Exchange.late). */
size_t norm_late(const NormGroup *group, int batch);

#endif
