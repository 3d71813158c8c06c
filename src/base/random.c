#include "base/random.h"

#include <math.h>

/* Philox 4x32 (Salmon et al. 2011, section 3.3 and table 2). A round multiplies two of the four
 * words x by constants to 64 bits, and mixes the halves with the other two words and the key k:
 *
 *   x = (high(M1 x2) ^ x1 ^ k0,  low(M1 x2),  high(M0 x0) ^ x3 ^ k1,  low(M0 x0))
 *   k = (k0 + W0, k1 + W1)     from round to round */
static void philox(uint32_t x[4], RandomKey key) {
  enum { N_ROUNDS = 10 };
  const uint32_t M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;
  uint32_t k0 = key.word[0], k1 = key.word[1];
  for (int i = 0; i < N_ROUNDS; i++) {
    uint64_t p0 = (uint64_t)M0 * x[0], p1 = (uint64_t)M1 * x[2];
    x[0] = (uint32_t)(p1 >> 32) ^ x[1] ^ k0;
    x[1] = (uint32_t)p1;
    x[2] = (uint32_t)(p0 >> 32) ^ x[3] ^ k1;
    x[3] = (uint32_t)p0;
    k0 += W0, k1 += W1;
  }
}

RandomKey random_key(uint64_t seed, RandomPurpose purpose) {
  /* Philox itself spreads (seed, purpose) over the key: neighbouring seeds get unrelated keys. */
  uint32_t word[4] = {(uint32_t)seed, (uint32_t)(seed >> 32), (uint32_t)purpose, 0};
  philox(word, (RandomKey){{0x6e6f726d, 0x6c616221}});
  return (RandomKey){{word[0], word[1]}};
}

void random_words(uint32_t word[4], RandomKey key, uint64_t a, uint64_t b) {
  word[0] = (uint32_t)a;
  word[1] = (uint32_t)(a >> 32);
  word[2] = (uint32_t)b;
  word[3] = (uint32_t)(b >> 32);
  philox(word, key);
}

float random_unit_float(uint32_t word) {
  return (float)(word >> 8) * 0x1p-24f;
}

double random_unit_double(uint32_t high, uint32_t low) {
  uint64_t bits = ((uint64_t)high << 32 | low) >> 11;
  return ((double)bits + 1.0) * 0x1p-53;
}

RandomStream random_stream(uint64_t seed, RandomPurpose purpose, uint64_t a) {
  return (RandomStream){.key = random_key(seed, purpose), .a = a, .used = 4};
}

uint32_t random_next(RandomStream *stream) {
  if (stream->used == 4) {
    random_words(stream->word, stream->key, stream->a, stream->b++);
    stream->used = 0;
  }
  return stream->word[stream->used++];
}

uint32_t random_below(RandomStream *stream, uint32_t n) {
  uint32_t reject = -n % n;
  for (;;) {
    uint64_t product = (uint64_t)random_next(stream) * n;
    if ((uint32_t)product >= reject) return (uint32_t)(product >> 32);
  }
}

double random_uniform(RandomStream *stream, double low, double high) {
  return low + (high - low) * ((double)random_next(stream) * 0x1p-32);
}

double random_normal(RandomStream *stream) {
  uint32_t a = random_next(stream), b = random_next(stream);
  double radius = sqrt(-2.0 * log(((double)a + 1.0) * 0x1p-32));
  return radius * cos(2.0 * M_PI * ((double)b * 0x1p-32));
}
