#include "kernels/loss.h"

#include <math.h>

/* Index of the largest; a NaN counts as larger than any number, so that it reaches the loss. */
static int largest(const float *z, int n_classes) {
  int best = 0;
  for (int k = 1; k < n_classes; k++) {
    float candidate = z[k * LANES], maximum = z[best * LANES];
    if (candidate > maximum || (candidate != candidate && maximum == maximum)) best = k;
  }
  return best;
}

void nll_loss(double *loss, int32_t *prediction, float *probability, float *dz, const float *z,
              const uint8_t *label, int n_valid, int n_classes) {
  for (int l = 0; l < LANES; l++) {
    double share[MAX_CLASSES] = {0};
    loss[l] = 0;
    prediction[l] = -1;
    if (l < n_valid) {
      int best = largest(z + l, n_classes);
      double maximum = z[best * LANES + l], sum = 0;
      for (int k = 0; k < n_classes; k++) sum += share[k] = exp(z[k * LANES + l] - maximum);
      for (int k = 0; k < n_classes; k++) share[k] /= sum;
      prediction[l] = best;
      loss[l] = log(sum) - ((double)z[label[l] * LANES + l] - maximum);
    }
    for (int k = 0; k < n_classes; k++) {
      if (probability) probability[l * n_classes + k] = (float)share[k];
      if (dz) dz[k * LANES + l] = (float)(share[k] - (l < n_valid && k == label[l]));
    }
  }
}
