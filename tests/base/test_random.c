#include "base/random.h"

#include "support/cmocka_all.h"

#include <math.h>
#include <Random123/philox.h>
#include <string.h>

/* The known-answer vectors of the Random123 distribution for philox4x32 with 10 rounds. */
static void known_answers(void **state) {
  (void)state;
  static const struct {
    uint64_t a, b;
    uint32_t key[2], word[4];
  } KNOWN[] = {
      {0, 0, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {UINT64_MAX,
       UINT64_MAX,
       {UINT32_MAX, UINT32_MAX},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {0x85a308d3243f6a88,
       0x0370734413198a2e,
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
    RandomKey key = {{KNOWN[i].key[0], KNOWN[i].key[1]}};
    uint32_t word[4];
    random_words(word, key, KNOWN[i].a, KNOWN[i].b);
    assert_memory_equal(word, KNOWN[i].word, sizeof word);
  }
}

/* The library of the paper's authors gives the same words. */
static void words_are_those_of_random123(void **state) {
  (void)state;
  for (uint32_t i = 0; i < 1000; i++) {
    const uint64_t a = i * 0x9E3779B97F4A7C15u, b = ~a >> i % 60;
    const philox4x32_ctr_t counter = {
        {(uint32_t)a, (uint32_t)(a >> 32), (uint32_t)b, (uint32_t)(b >> 32)}};
    const philox4x32_key_t key = {{i, ~i * 77}};
    const philox4x32_ctr_t wanted = philox4x32(counter, key);
    uint32_t word[4];
    random_words(word, (RandomKey){{i, ~i * 77}}, a, b);
    assert_memory_equal(word, wanted.v, sizeof word);
  }
}

static void keys_differ(void **state) {
  (void)state;
  enum { N_SEEDS = 50, N_PURPOSES = 6 };
  RandomKey keys[N_SEEDS * N_PURPOSES];
  int n = 0;
  for (int s = 0; s < N_SEEDS; s++)
    for (int p = 1; p <= N_PURPOSES; p++)
      keys[n++] = random_key(s % 2 ? (uint64_t)s << 32 : (uint64_t)s, (RandomPurpose)p);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++) assert_memory_not_equal(&keys[i], &keys[j], sizeof keys[i]);
}

static void units_stay_in_bounds(void **state) {
  (void)state;
  assert_true(random_unit_float(0) == 0.0f);
  assert_true(random_unit_float(UINT32_MAX) == 1.0f - 0x1p-24f);
  assert_true(random_unit_double(0, 0) == 0x1p-53);
  assert_true(random_unit_double(UINT32_MAX, UINT32_MAX) == 1.0);
}

static void streams_are_the_words(void **state) {
  (void)state;
  RandomStream stream = random_stream(7, RANDOM_DIGITS, 1ull << 40);
  RandomKey key = random_key(7, RANDOM_DIGITS);
  for (uint64_t b = 0; b < 5; b++) {
    uint32_t word[4];
    random_words(word, key, 1ull << 40, b);
    for (int i = 0; i < 4; i++) assert_int_equal(random_next(&stream), word[i]);
  }
}

/* 120,000 draws into N classes: chi-squared has mean N - 1 and variance 2 (N - 1). */
static void below_is_uniform(void **state) {
  (void)state;
  enum { N_DRAWS = 120000 };
  static const uint32_t SIZES[] = {2, 3, 7, 10, 60};
  RandomStream stream = random_stream(1, RANDOM_RESAMPLE, 0);
  for (int i = 0; i < 100; i++) assert_int_equal(random_below(&stream, 1), 0);
  for (size_t k = 0; k < sizeof SIZES / sizeof *SIZES; k++) {
    uint32_t n = SIZES[k];
    int count[60] = {0};
    for (int i = 0; i < N_DRAWS; i++) {
      uint32_t draw = random_below(&stream, n);
      assert_true(draw < n);
      count[draw]++;
    }
    double chi = 0, expected = (double)N_DRAWS / n;
    for (uint32_t i = 0; i < n; i++)
      chi += (count[i] - expected) * (count[i] - expected) / expected;
    assert_true(chi < n - 1 + 5 * sqrt(2.0 * (n - 1)));
  }
  /* Without rejection a third of the numbers below 3 x 2^30 would come twice as often. */
  uint32_t large = 3u << 30;
  int low = 0;
  for (int i = 0; i < N_DRAWS; i++) low += random_below(&stream, large) % 3 == 0;
  assert_true(fabs(low - N_DRAWS / 3.0) < 5 * sqrt(N_DRAWS * 2.0 / 9));
}

static void normal_has_its_moments(void **state) {
  (void)state;
  enum { N_DRAWS = 200000 };
  RandomStream stream = random_stream(3, RANDOM_RESAMPLE, 0);
  double sum = 0, square = 0, fourth = 0;
  for (int i = 0; i < N_DRAWS; i++) {
    double x = random_normal(&stream);
    sum += x;
    square += x * x;
    fourth += x * x * x * x;
  }
  assert_true(fabs(sum / N_DRAWS) < 5 / sqrt(N_DRAWS));
  assert_true(fabs(square / N_DRAWS - 1) < 5 * sqrt(2.0 / N_DRAWS));
  assert_true(fabs(fourth / N_DRAWS - 3) < 5 * sqrt(96.0 / N_DRAWS));
}

static void uniform_stays_in_bounds(void **state) {
  (void)state;
  enum { N_DRAWS = 100000 };
  RandomStream stream = random_stream(3, RANDOM_AUGMENT, 0);
  double sum = 0;
  for (int i = 0; i < N_DRAWS; i++) {
    double x = random_uniform(&stream, -2, 6);
    assert_true(x >= -2 && x < 6);
    sum += x;
  }
  assert_true(fabs(sum / N_DRAWS - 2) < 5 * 8 / sqrt(12.0 * N_DRAWS));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_answers),
      cmocka_unit_test(words_are_those_of_random123),
      cmocka_unit_test(keys_differ),
      cmocka_unit_test(units_stay_in_bounds),
      cmocka_unit_test(streams_are_the_words),
      cmocka_unit_test(below_is_uniform),
      cmocka_unit_test(normal_has_its_moments),
      cmocka_unit_test(uniform_stays_in_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
