#include "base/random.h"

#include <math.h>
#include <Random123/philox.h>

RandomKey random_key(uint64_t seed, RandomPurpose purpose) {
  /* Philox itself spreads (seed, purpose) over the key: neighbouring seeds get unrelated keys. */
  philox4x32_ctr_t counter = {{(uint32_t)seed, (uint32_t)(seed >> 32), (uint32_t)purpose, 0}};
  philox4x32_key_t key = {{0x6e6f726du, 0x6c616221u}};
  philox4x32_ctr_t out = philox4x32(counter, key);
  return (RandomKey){{out.v[0], out.v[1]}};
}

void random_words(uint32_t word[4], RandomKey key, uint64_t a, uint64_t b) {
  philox4x32_ctr_t counter = {{(uint32_t)a, (uint32_t)(a >> 32), (uint32_t)b, (uint32_t)(b >> 32)}};
  philox4x32_key_t k = {{key.word[0], key.word[1]}};
  philox4x32_ctr_t out = philox4x32(counter, k);
  for (int i = 0; i < 4; i++) word[i] = out.v[i];
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
