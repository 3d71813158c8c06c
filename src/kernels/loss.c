#include "kernels/loss.h"

#include <math.h>

/* Index of the largest; a NaN counts as larger than any number, so that it reaches the loss. */
static int largest(const float *z, int n_classes) {
  int best = 0;
  for (int k = 1; k < n_classes; k++) {
    float candidate = z[k * BLOCK_LINE], maximum = z[best * BLOCK_LINE];
    if (candidate > maximum || (candidate != candidate && maximum == maximum)) best = k;
  }
  return best;
}

/* share: softmax of z[k * BLOCK_LINE], and the sum it was divided by, with the maximum subtracted.
 */
static double softmax(double *share, const float *z, double maximum, int n_classes) {
  double sum = 0;
  for (int k = 0; k < n_classes; k++) sum += share[k] = exp(z[k * BLOCK_LINE] - maximum);
  for (int k = 0; k < n_classes; k++) share[k] /= sum;
  return sum;
}

/* The logits as they are wanted, less the maximum. What is not wanted may be infinite. */
static double wanted_logits(const float *z, int label, double maximum, double smoothing,
                            int n_classes) {
  double own = (double)z[label * BLOCK_LINE] - maximum, all = 0;
  if (!(smoothing > 0)) return own;
  for (int k = 0; k < n_classes; k++) all += z[k * BLOCK_LINE] - maximum;
  return (1 - smoothing) * own + smoothing / n_classes * all;
}

static void loss_of_lanes(double *loss, int32_t *prediction, float *probability, float *dz,
                          const float *z, const uint8_t *label, double smoothing, int n_valid,
                          int n_classes) {
  for (int l = 0; l < block_lanes(); l++) {
    double share[MAX_CLASSES] = {0}, others = l < n_valid ? smoothing / n_classes : 0;
    loss[l] = 0;
    prediction[l] = -1;
    if (l < n_valid) {
      int best = largest(z + l, n_classes);
      double maximum = z[best * BLOCK_LINE + l], sum = softmax(share, z + l, maximum, n_classes);
      prediction[l] = best;
      loss[l] = log(sum) - wanted_logits(z + l, label[l], maximum, smoothing, n_classes);
    }
    for (int k = 0; k < n_classes; k++) {
      double own = l < n_valid && k == label[l] ? 1 - smoothing : 0;
      if (probability) probability[l * n_classes + k] = (float)share[k];
      if (dz) dz[k * BLOCK_LINE + l] = (float)(share[k] - (own + others));
    }
  }
}

void nll_loss(double *loss, int32_t *prediction, float *probability, float *dz, const float *z,
              const uint8_t *label, int n_valid, int n_classes) {
  loss_of_lanes(loss, prediction, probability, dz, z, label, 0, n_valid, n_classes);
}

void smoothed_loss(double *loss, int32_t *prediction, float *dz, const float *z,
                   const uint8_t *label, double smoothing, int n_valid, int n_classes) {
  loss_of_lanes(loss, prediction, NULL, dz, z, label, smoothing, n_valid, n_classes);
}
