#include "similarity.h"

#include "base/memory.h"
#include "kernels/block.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a layer has in the sums: an element each, and the number of samples. */
static void find_places(size_t *place, const Network *network, const Observer *observer) {
  for (int i = 0; i < network->n_ops; i++) {
    const int layer = observer->layer_of[i];
    if (layer < 0) continue;
    const Shape shape = op_out(network, &network->ops[i]);
    place[layer + 1] = place[layer] + (size_t)shape.c * (size_t)shape.h * (size_t)shape.w + 1;
  }
}

Status similarity_make(Similarity *similarity, const Network *network, const Observer *observer,
                       int n_threads) {
  const size_t n = (size_t)observer->n;
  const char *what = "similarity of samples";
  *similarity = (Similarity){.n_layers = observer->n};
  TRY(memory_allocate(&similarity->place, n + 1, sizeof(size_t), what));
  TRY(memory_allocate(&similarity->values, n, sizeof(double), what));
  TRY(memory_allocate(&similarity->sum, (size_t)n_threads, sizeof(int64_t *), what));
  similarity->n_threads = n_threads;
  find_places(similarity->place, network, observer);
  for (int t = 0; t < n_threads; t++)
    TRY(memory_allocate(&similarity->sum[t], similarity->place[n], sizeof(int64_t), what));
  return status_ok();
}

void similarity_free(Similarity *similarity) {
  for (int t = 0; t < similarity->n_threads; t++) free(similarity->sum[t]);
  free(similarity->sum);
  free(similarity->place);
  free(similarity->values);
}

size_t similarity_bytes(const Network *network, const Observer *observer, int n_threads) {
  size_t n = (size_t)observer->n, n_sums = n;
  for (int i = 0; i < network->n_ops; i++) {
    const Shape shape = op_out(network, &network->ops[i]);
    if (observer->layer_of[i] >= 0) n_sums += (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
  }
  return memory_bytes(n + 1, sizeof(size_t)) + memory_bytes(n, sizeof(double)) +
         memory_bytes((size_t)n_threads, sizeof(int64_t *)) +
         (size_t)n_threads * memory_bytes(n_sums, sizeof(int64_t));
}

/* Adds u of a channel [h][w][lanes]; scale [lanes] is 1 / |x|, or 0 where nothing is added. */
static void add_channel(int64_t *sum, const float *x, size_t n, const double *scale, int n_valid) {
  const size_t lanes = (size_t)block_lanes();
  for (size_t i = 0; i < n; i++)
    for (int l = 0; l < n_valid; l++)
      if (scale[l] > 0)
        sum[i] += (int64_t)rint(x[i * lanes + (size_t)l] * scale[l] / EXACT_GRADIENT_STEP);
}

void similarity_add(Similarity *similarity, int thread, int layer, const float *x, Shape shape,
                    int n_valid) {
  const size_t plane = (size_t)shape.h * (size_t)shape.w, n = (size_t)shape.c * plane;
  const size_t lanes = (size_t)block_lanes();
  int64_t *sum = similarity->sum[thread] + similarity->place[layer];
  double square[LANES] = {0}, scale[LANES] = {0};
  for (int c = 0; c < shape.c; c++) {
    const float *channel = x + (size_t)c * shape.stride;
    for (size_t i = 0; i < plane; i++)
      for (size_t l = 0; l < lanes; l++)
        square[l] += (double)channel[i * lanes + l] * channel[i * lanes + l];
  }
  for (int l = 0; l < n_valid; l++) {
    if (!(square[l] > 0) || !isfinite(square[l])) continue;
    scale[l] = 1 / sqrt(square[l]);
    sum[n]++;
  }
  for (int c = 0; c < shape.c; c++)
    add_channel(sum + (size_t)c * plane, x + (size_t)c * shape.stride, plane, scale, n_valid);
}

int64_t *similarity_gather(Similarity *similarity, size_t *n) {
  *n = similarity->place[similarity->n_layers];
  for (int t = 1; t < similarity->n_threads; t++)
    for (size_t i = 0; i < *n; i++) {
      similarity->sum[0][i] += similarity->sum[t][i];
      similarity->sum[t][i] = 0;
    }
  return similarity->sum[0];
}

void similarity_take(Similarity *similarity, int count) {
  for (int layer = 0; layer < similarity->n_layers; layer++) {
    const size_t n = similarity->place[layer + 1] - similarity->place[layer] - 1;
    const int64_t *sum = similarity->sum[0] + similarity->place[layer];
    double square = 0;
    for (size_t i = 0; i < n; i++) {
      const double u = exact_gradient_value(sum[i]);
      square += u * u;
    }
    similarity->values[layer] =
        count > 1 ? (square - (double)sum[n]) / ((double)count * (count - 1)) : (double)NAN;
  }
  memset(similarity->sum[0], 0, similarity->place[similarity->n_layers] * sizeof(int64_t));
}
