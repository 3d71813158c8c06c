#ifndef NORMLAB_NN_LEARN_WAVE_H
#define NORMLAB_NN_LEARN_WAVE_H
#include <math.h>

/* Returns a value on half a cosine wave, which goes from `from` at share 0 to `to` at share 1. */
static inline double half_wave(double from, double to, double share) {
  return to + (from - to) * (1 + cos(M_PI * share)) / 2;
}

#endif
