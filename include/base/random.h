#ifndef NORMLAB_BASE_RANDOM_H
#define NORMLAB_BASE_RANDOM_H
/* Counter-based random numbers: Philox (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). A number is a pure function of its key and
 * counter, so it does not depend on who draws it or when. */
#include <stdint.h>

/* What the numbers are for. Streams of different purposes are independent. */
typedef enum RandomPurpose {
  RANDOM_WEIGHTS = 1, /* a = parameter tensor, b = element / 4 */
  RANDOM_SHUFFLE = 2, /* a = epoch, b = position / 4 */
  RANDOM_DROPOUT = 3, /* see kernels/pointwise.h */
  RANDOM_AUGMENT = 4, /* a = epoch, b = sample + 2^32 draw */
  RANDOM_DIGITS = 5,  /* synthetic images: a = image, b = draw */
  RANDOM_RESAMPLE = 6 /* statistics: a = repetition, b = draw */
} RandomPurpose;

/* Key of a purpose: word 0 and 1 of Philox 4x32's key. */
typedef struct RandomKey {
  uint32_t word[2];
} RandomKey;
RandomKey random_key(uint64_t seed, RandomPurpose purpose);

/* Four 32-bit words: Philox 4x32 with 10 rounds of counter (a low, a high, b low, b high). */
void random_words(uint32_t word[4], RandomKey key, uint64_t a, uint64_t b);

/* 32 random bits to a float in [0, 1) with 24 bits, to a double in (0, 1]. */
float random_unit_float(uint32_t word);
double random_unit_double(uint32_t high, uint32_t low);

/* A sequence of words over b = 0, 1, ... for callers that draw one after another. */
typedef struct RandomStream {
  RandomKey key;
  uint64_t a, b;
  uint32_t word[4];
  int used;
} RandomStream;
RandomStream random_stream(uint64_t seed, RandomPurpose purpose, uint64_t a);
uint32_t random_next(RandomStream *stream);
/* An integer in [0, n), n >= 1, without bias (Lemire's method with rejection). */
uint32_t random_below(RandomStream *stream, uint32_t n);
double random_uniform(RandomStream *stream, double low, double high);
double random_normal(RandomStream *stream); /* mean 0, deviation 1 (Box-Muller) */

#endif
