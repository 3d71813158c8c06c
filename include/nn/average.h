#ifndef NORMLAB_NN_AVERAGE_H
#define NORMLAB_NN_AVERAGE_H
/* The exponential moving average of a network's weights and running statistics, as PyTorch's
 * AveragedModel (torch.optim.swa_utils) computes it with an exponential avg_fn and
 * use_buffers=True. After each step of the optimizer
 *
 *   a = w                         the first time
 *   a = decay a + (1 - decay) w   at all other times
 *
 * The number of batches that running statistics have seen is a count, and is not averaged. Not
 * collective. */
#include "nn/network.h"

typedef struct Average {
  float *values; /* [average_size()]: the parameters, then the mean and the variance of each of
                    the running statistics */
} Average;

/* Makes an average that has not been updated yet, with the values of the network. Returns
 * STATUS_MEMORY. The caller frees it by average_free(). */
Status average_make(Average *average, const Network *network) MUST_CHECK;
void average_free(Average *average);

/* Updates the average. n_updates is the number of updates before this one; with 0, the average
 * becomes the network as it is. */
void average_update(Average *average, const Network *network, double decay, int64_t n_updates);

/* Returns the bytes that the average of this network takes: 0 if its configuration has none. */
size_t average_bytes(const Network *network);

/* Returns the number of values of an average. */
size_t average_size(const Network *network);

/* Exchanges the values of the network with those of its average, and packs the weights. A second
 * call undoes the first. */
void average_swap(Average *average, Network *network);

#endif
