#ifndef NORMLAB_KERNELS_DROPOUT_H
#define NORMLAB_KERNELS_DROPOUT_H
/* Philox 4x32 with 7 rounds for 16 lanes at a time, and the dropout mask made of its bytes (struct
 * Dropout says which byte is whose). Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * 2011. */
#include "kernels/norm.h"
#include "vector/vector.h"
#include "vector/walk.h"

/* A word of VH lanes sits in the low halves of 64-bit lanes, where the multiplier takes it; what is
 * in the high halves does not matter. Even and odd lanes make two such vectors. */
typedef uint64_t vq __attribute__((vector_size(VL_BYTES), may_alias));
typedef uint8_t vb __attribute__((vector_size(VL_BYTES), may_alias));

enum {
  N_DRAW = LANES / VH
}; /* vectors that hold one word of all lanes: even, odd, even, odd, ... */
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

typedef struct Draw {
  /* What the first three rounds make of the lane's sample number and the step alone. Only one of
   * their six products depends on both the lane and the element. */
  vq a[N_DRAW], b[N_DRAW], c[N_DRAW], d[N_DRAW];
  uint32_t uniform;    /* for the one product of the element alone */
  uint32_t key[7][2];  /* of each round */
  uint32_t threshold4; /* the threshold in each of four bytes */
  float factor;
  size_t group; /* e / 16 of the masks below; none at first */
  uint32_t dropped[4][LANES] __attribute__((aligned(64))); /* a byte an element, 0xff: dropped */
} Draw;

static inline vq vq_set(uint64_t x) {
  return x + (vq){0};
}

static inline vq vq_multiply(vq a, uint32_t b) {
#if defined ISA_IS_AVX512
  return (vq)_mm512_mul_epu32((__m512i)a, (__m512i)vq_set(b));
#elif defined ISA_IS_AVX2
  return (vq)_mm256_mul_epu32((__m256i)a, (__m256i)vq_set(b));
#elif defined __SSE2__
  return (vq)_mm_mul_epu32((__m128i)a, (__m128i)vq_set(b));
#else
  return (a & 0xffffffffu) * b;
#endif
}

/* The low words of even and odd lanes in turn. */
static inline vu vq_join(vq even, vq odd) {
#if defined ISA_IS_AVX512
  return (vu)_mm512_mask_moveldup_ps((__m512)even, 0xAAAA, (__m512)odd);
#elif defined ISA_IS_AVX2
  return (vu)_mm256_blend_epi32((__m256i)even, (__m256i)(odd << 32), 0xAA);
#else
  return (vu)((even & 0xffffffffu) | odd << 32);
#endif
}

static inline float dropout_factor(const Dropout *dropout) {
  return 256.0f / (float)(256 - dropout->threshold);
}

static inline void draw_start(Draw *draw, const Dropout *dropout) {
  uint32_t step_low = (uint32_t)dropout->step, step_high = (uint32_t)(dropout->step >> 32);
  for (uint32_t r = 0; r < 7; r++) {
    draw->key[r][0] = dropout->key[0] + r * PHILOX_W0;
    draw->key[r][1] = dropout->key[1] + r * PHILOX_W1;
  }
  uint64_t step_product = (uint64_t)PHILOX_M1 * step_low;
  draw->uniform = (uint32_t)(step_product >> 32) ^ draw->key[0][0];
  for (int i = 0; i < LANES; i++) {
    uint64_t p = (uint64_t)PHILOX_M0 * dropout->lane[i];
    uint64_t q = (uint64_t)PHILOX_M1 * ((uint32_t)(p >> 32) ^ step_high ^ draw->key[0][1]);
    uint64_t r =
        (uint64_t)PHILOX_M0 * ((uint32_t)(q >> 32) ^ (uint32_t)step_product ^ draw->key[1][0]);
    int vector = i / VL * 2 + i % 2, lane = i % VL / 2;
    draw->a[vector][lane] = (uint32_t)p ^ draw->key[1][1];
    draw->b[vector][lane] = (uint32_t)q ^ draw->key[2][0];
    draw->c[vector][lane] = (uint32_t)(r >> 32) ^ draw->key[2][1];
    draw->d[vector][lane] = (uint32_t)r;
  }
  draw->threshold4 = 0x01010101u * (uint32_t)dropout->threshold;
  draw->factor = dropout_factor(dropout);
  draw->group = (size_t)-1;
}

/* Words 0 .. 3 of the lanes 2 (offset / VL) ... in x, for element group `group`. */
static inline void draw_rounds(vq x[4], const Draw *draw, int vector, uint64_t product) {
  vq full = vq_multiply(draw->a[vector] ^ vq_set(product >> 32), PHILOX_M1);
  x[0] = (full >> 32) ^ draw->b[vector];
  x[1] = full;
  x[2] = draw->c[vector] ^ vq_set((uint32_t)product);
  x[3] = draw->d[vector];
#pragma GCC unroll 4
  for (int r = 3; r < 7; r++) {
    vq p = vq_multiply(x[0], PHILOX_M0), q = vq_multiply(x[2], PHILOX_M1);
    x[0] = (q >> 32) ^ x[1] ^ vq_set(draw->key[r][0]);
    x[1] = q;
    x[2] = (p >> 32) ^ x[3] ^ vq_set(draw->key[r][1]);
    x[3] = p;
  }
}

/* The masks of elements 16 group ... 16 group + 15. */
static inline void draw_group(Draw *draw, size_t group) {
  if (draw->group == group) return;
  draw->group = group;
  uint64_t product = (uint64_t)PHILOX_M0 * (draw->uniform ^ (uint32_t)group);
  vu threshold = draw->threshold4 + (vu){0};
  for (int i = 0; i < N_DRAW; i += 2) {
    vq even[4], odd[4];
    draw_rounds(even, draw, i, product);
    draw_rounds(odd, draw, i + 1, product);
    for (int word = 0; word < 4; word++) {
      vu bytes = vq_join(even[word], odd[word]);
      *(vu *)(draw->dropped[word] + i * VH) = (vu)((vb)threshold > (vb)bytes);
    }
  }
}

/* Drops lanes of element 4 word + byte of the group: v times zero, so that a NaN or infinity shows
 * in dropped elements, too. */
static inline vf draw_apply(vf v, const Draw *draw, int word, int byte, int lane) {
  vu bytes = *(const vu *)(draw->dropped[word] + lane);
  uint32_t mask = 0xffu << 8 * byte;
#if defined ISA_IS_AVX512
  __mmask16 dropped = _mm512_test_epi32_mask((__m512i)bytes, _mm512_set1_epi32((int)mask));
  return (vf)_mm512_mask_mul_ps((__m512)v, dropped, (__m512)v, _mm512_setzero_ps());
#else
  vi kept = (vi)((bytes & mask) == 0);
  return v * (vf)(kept & (vi)vf_set(1.0f));
#endif
}

/* Which lanes of that element are kept. */
static inline vm draw_kept(const Draw *draw, int word, int byte, int lane) {
  vu bytes = *(const vu *)(draw->dropped[word] + lane);
  uint32_t mask = 0xffu << 8 * byte;
#if defined ISA_IS_AVX512
  return _mm512_testn_epi32_mask((__m512i)bytes, _mm512_set1_epi32((int)mask));
#else
  return (vi)((bytes & mask) == 0);
#endif
}

/* How many of a run's n elements, the first of them number `first` of its group, can be taken four
 * at a time with one word of bytes. */
static inline int run_quads(int n, int first, int draws) {
  return draws && first % 4 ? 0 : n / 4;
}

#endif
