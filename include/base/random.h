#ifndef NORMLAB_BASE_RANDOM_H
#define NORMLAB_BASE_RANDOM_H
/* Counter-based random numbers: Philox (Salmon et al., "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011). A number is a pure function of its key and its counter, so it does not depend on
 * who draws it, or when. Not collective. */
#include <stdint.h>

/* What the numbers are for. Streams of different purposes are independent of one another. The
 * comments say what the two halves a and b of the counter are. */
typedef enum RandomPurpose {
  RANDOM_WEIGHTS = 1,  /* a = the stream of the parameter tensor, b = element / 4 */
  RANDOM_SHUFFLE = 2,  /* a = the epoch, b = position in the epoch / 4 */
  RANDOM_DROPOUT = 3,  /* the masks of dropout; kernels/norm.h describes the counter */
  RANDOM_AUGMENT = 4,  /* a = the epoch, b = sample + 2^32 draw */
  RANDOM_DIGITS = 5,   /* the synthetic digits: a = the image, b = the draw */
  RANDOM_RESAMPLE = 6, /* resampling in statistics: a = the repetition, b = the draw */
  RANDOM_CORRUPT = 7,  /* corrupted test images: a = image + 2^32 hash of the kind, b = the draw */
  RANDOM_IMPORT = 8    /* order and split of imported pictures: a = 0, b = the draw */
} RandomPurpose;

/* The two words of a key of Philox 4x32. random_key() makes the key of a seed and a purpose. */
typedef struct RandomKey {
  uint32_t word[2];
} RandomKey;
RandomKey random_key(uint64_t seed, RandomPurpose purpose);

/* Writes four random words: Philox 4x32 with 10 rounds at the counter (a low, a high, b low, b
 * high). */
void random_words(uint32_t word[4], RandomKey key, uint64_t a, uint64_t b);

/* Turn random bits into a number. random_unit_float() uses 24 of the 32 bits and returns a float
 * in [0, 1). random_unit_double() returns a double in (0, 1], so that its logarithm is finite. */
float random_unit_float(uint32_t word);
double random_unit_double(uint32_t high, uint32_t low);

/* A sequence of random words for callers that draw one after another. a is fixed; b counts 0, 1,
 * ... as groups of four words are used up. */
typedef struct RandomStream {
  RandomKey key;
  uint64_t a, b;
  uint32_t word[4];
  int used;
} RandomStream;
/* Begins the stream of a seed, a purpose and a. */
RandomStream random_stream(uint64_t seed, RandomPurpose purpose, uint64_t a);
/* Returns the next word of the stream. */
uint32_t random_next(RandomStream *stream);
/* Returns an integer in [0, n), n >= 1, each with the same probability (Lemire's method with
 * rejection). */
uint32_t random_below(RandomStream *stream, uint32_t n);
/* Returns a number that is uniformly distributed between low and high. */
double random_uniform(RandomStream *stream, double low, double high);
/* Returns a number that is normally distributed with mean 0 and standard deviation 1. */
double random_normal(RandomStream *stream); /* Box and Muller's method */

#endif
