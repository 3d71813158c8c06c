/* The vector types of the portable path, whose fused multiply-add is built from other operations.
 */
#include "kernel_test.h"
#include "vector/vector.h"

#include <math.h>

enum { ROUNDS = 400000 };

static uint64_t seed = 99;

static uint32_t next_word(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(seed >> 32);
}

static float from_bits(uint32_t bits) {
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

static uint32_t to_bits(float f) {
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return bits;
}

static void check_fma(const float *a, const float *b, const float *c) {
  float got[VL] __attribute__((aligned(64)));
  vf_store(got, vf_fma(vf_load(a), vf_load(b), vf_load(c)));
  for (int i = 0; i < VL; i++) {
    float want = fmaf(a[i], b[i], c[i]);
    if (to_bits(got[i]) != to_bits(want) && !(isnan(got[i]) && isnan(want)))
      fail_msg("fma(%a, %a, %a) = %a, expected %a", (double)a[i], (double)b[i], (double)c[i],
               (double)got[i], (double)want);
  }
}

/* Any bits: infinities, NaNs, subnormal numbers and overflow included. */
static void test_any_bits(void **state) {
  (void)state;
  float v[3][VL] __attribute__((aligned(64)));
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < VL; i++)
      for (int j = 0; j < 3; j++) v[j][i] = from_bits(next_word());
    check_fma(v[0], v[1], v[2]);
  }
}

/* Exponents so close that terms cancel, few mantissa bits so that results fall on or beside ties.
 */
static void test_ties(void **state) {
  (void)state;
  float v[3][VL] __attribute__((aligned(64)));
  for (int round = 0; round < ROUNDS; round++) {
    uint32_t spread = 1 + next_word() % 60, mask = 0xffffffffu << next_word() % 24;
    for (int i = 0; i < VL; i++) {
      for (int j = 0; j < 3; j++) {
        uint32_t word = next_word(), exponent = 127 - spread / 2 + next_word() % spread;
        v[j][i] = from_bits((word & 0x80000000u) | exponent << 23 | (word & mask & 0x7fffff));
      }
      if (next_word() % 4 == 0) v[2][i] = -(v[0][i] * v[1][i]);
    }
    check_fma(v[0], v[1], v[2]);
  }
}

/* Results among the subnormal numbers. */
static void test_tiny(void **state) {
  (void)state;
  float v[3][VL] __attribute__((aligned(64)));
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < VL; i++) {
      v[0][i] = from_bits((next_word() & 0x807fffffu) | (40 + next_word() % 30) << 23);
      v[1][i] = from_bits((next_word() & 0x807fffffu) | (40 + next_word() % 30) << 23);
      v[2][i] = from_bits(next_word() & 0x81ffffffu);
    }
    check_fma(v[0], v[1], v[2]);
  }
}

static void test_zeros(void **state) {
  (void)state;
  float v[3][VL] __attribute__((aligned(64)));
  for (int signs = 0; signs < 8; signs++) {
    for (int i = 0; i < VL; i++)
      for (int j = 0; j < 3; j++) v[j][i] = signs >> j & 1 ? -0.0f : 0.0f;
    check_fma(v[0], v[1], v[2]);
  }
  vf set = vf_set(-0.0f), relu = vf_relu((vf){-1, 2, NAN, -INFINITY});
  for (int i = 0; i < VL; i++) assert_true(signbit(set[i]) && set[i] == 0);
  assert_true(relu[0] == 0 && relu[1] == 2 && isnan(relu[2]) && relu[3] == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_bits), cmocka_unit_test(test_ties),
                                     cmocka_unit_test(test_tiny), cmocka_unit_test(test_zeros)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
