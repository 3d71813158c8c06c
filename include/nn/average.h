#ifndef NORMLAB_NN_AVERAGE_H
#define NORMLAB_NN_AVERAGE_H
/* Exponential moving average of a network's weights and of its running statistics, as PyTorch's
 * AveragedModel (torch.optim.swa_utils) with an exponential avg_fn and use_buffers=True: after each
 * step of the optimizer
 *
 *   a = w                         the first time
 *   a = decay a + (1 - decay) w   then
 *
 * The number of batches that running statistics have seen is a count, and is not averaged. */
#include "nn/network.h"

typedef struct Average {
  float *values; /* the parameters, then mean and variance of each running statistics */
} Average;

/* An average of nothing yet: the values of the network. */
Status average_make(Average *average, const Network *network) MUST_CHECK;
void average_free(Average *average);

/* n_updates: those before this one; with 0, the average becomes the network as it is. */
void average_update(Average *average, const Network *network, double decay, int64_t n_updates);

/* Number of values. */
size_t average_size(const Network *network);

/* Exchanges the values of the network and of its average, and packs the weights. Two in a row
 * change nothing. */
void average_swap(Average *average, Network *network);

#endif
