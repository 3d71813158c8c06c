#ifndef NORMLAB_NN_RUN_SIMILARITY_H
#define NORMLAB_NN_RUN_SIMILARITY_H
/* How alike the samples of a batch are after a layer's norm: the mean, over all pairs of different
 * samples, of the cosine between their activations (Lubana, Dick and Tanaka, "Beyond BatchNorm:
 * towards a unified understanding of normalization in deep learning", NeurIPS 2021). With the
 * activations x_i of sample i as one vector of all channels and pixels, and u_i = x_i / |x_i|,
 *
 *   sum over i != j of u_i . u_j = |sum of u_i|^2 - sum of |u_i|^2
 *
 * so that one sum of vectors tells all pairs. It is exact, in steps of EXACT_GRADIENT_STEP. A
 * sample whose activations are all 0 has the cosine 0 with all others. Not collective. */
#include "kernels/block.h"
#include "observe.h"

typedef struct Similarity {
  int64_t **sum;  /* [n_threads][n_sums]: of u_i; of each layer, the number of u_i comes last */
  size_t *place;  /* [n_layers + 1]: where the sums of an observed layer begin */
  double *values; /* [n_layers] */
  int n_layers, n_threads, is_on;
} Similarity;

/* Makes the memory. Returns STATUS_MEMORY. The caller calls similarity_free(), also after a
 * failure. */
Status similarity_make(Similarity *similarity, const Network *network, const Observer *observer,
                       int n_threads) MUST_CHECK;
void similarity_free(Similarity *similarity);
/* Returns the bytes that this takes. */
size_t similarity_bytes(const Network *network, const Observer *observer, int n_threads);

/* Adds the samples of a block, x of this shape of which n_valid lanes count, to the sums of an
 * observed layer by a thread. */
void similarity_add(Similarity *similarity, int thread, int layer, const float *x, Shape shape,
                    int n_valid);

/* Adds up the sums of the threads in those of thread 0, and returns them [*n]; the others become 0.
 */
int64_t *similarity_gather(Similarity *similarity, size_t *n);
/* Computes the values from the sums of thread 0, over `count` samples of all ranks, and sets the
 * sums to 0. With one sample there are no pairs, and the values are NaN. */
void similarity_take(Similarity *similarity, int count);

#endif
