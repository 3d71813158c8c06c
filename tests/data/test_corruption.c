/* Corruptions of images: their bits, which are those of any machine and any number of threads;
 * sizes of all kinds. */
#include "data/corruption.h"

#include "corrupted_images.h"
#include "corruption_bits.h"
#include "data/digits.h"
#include "support/cmocka_all.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { N = 20 };

static uint64_t find_bits(const char *name, int c, int severity) {
  for (size_t i = 0; i < sizeof BITS / sizeof *BITS; i++)
    if (strcmp(BITS[i].name, name) == 0 && BITS[i].c == c) return BITS[i].hash[severity - 1];
  return 0;
}

/* With NORMLAB_WRITE_BITS they are printed, as the lines of corruption_bits.h. */
static void bits(void **state) {
  (void)state;
  int n_wrong = 0;
  for (int c = 1; c <= 3; c += 2) {
    ImageSet set = digits(N, c);
    for (int i = 0; CORRUPTIONS[i]; i++) {
      const Corruption *kind = CORRUPTIONS[i];
      if (getenv("NORMLAB_WRITE_BITS")) printf("    {\"%s\", %d, {", kind->name, c);
      for (int s = 1; s <= kind->n_severities; s++) {
        uint8_t *out = corrupted_by(&set, kind, s, CORRUPTION_SEED);
        uint64_t hash = XXH3_64bits(out, size_of(&set));
        if (getenv("NORMLAB_WRITE_BITS"))
          printf("%s0x%016llx", s > 1 ? ", " : "", (unsigned long long)hash);
        else if (hash != find_bits(kind->name, c, s)) {
          print_error("%s %d, %d channels: other bits, 0x%016llx\n", kind->name, s, c,
                      (unsigned long long)hash);
          n_wrong++;
        }
        free(out);
      }
      if (getenv("NORMLAB_WRITE_BITS")) printf("}},\n");
    }
    set_free(&set);
  }
  assert_int_equal(n_wrong, 0);
}

static void same_for_any_threads_and_alone(void **state) {
  (void)state;
  ImageSet set = digits(N, 1), first = set;
  first.n = 1;
  for (int i = 0; CORRUPTIONS[i]; i++) {
    uint8_t *out[3];
    for (int threads = 1; threads <= 3; threads++) {
      omp_set_num_threads(threads);
      out[threads - 1] = corrupted_by(&set, CORRUPTIONS[i], 1, CORRUPTION_SEED);
    }
    uint8_t *alone = corrupted_by(&first, CORRUPTIONS[i], 1, CORRUPTION_SEED);
    assert_memory_equal(out[1], out[0], size_of(&set));
    assert_memory_equal(out[2], out[0], size_of(&set));
    assert_memory_equal(alone, out[0], size_of(&first));
    for (int k = 0; k < 3; k++) free(out[k]);
    free(alone);
  }
  set_free(&set);
}

/* Of the same image twice, what is drawn at random differs from image to image and with the seed.
 */
static void random_numbers_are_new(void **state) {
  (void)state;
  static const char *const RANDOM[] = {
      "gaussian-noise", "shot-noise",  "impulse-noise", "speckle-noise",
      "glass-blur",     "motion-blur", "fog",           "occlusion"};
  ImageSet one = digits(1, 1), two = {2, 1, DIGITS_SIDE, DIGITS_SIDE, NULL, NULL};
  uint8_t *pixels = bytes(size_of(&two));
  for (int i = 0; i < 2; i++) memcpy(pixels + (size_t)i * size_of(&one), one.pixels, size_of(&one));
  two.pixels = pixels;
  for (size_t i = 0; i < sizeof RANDOM / sizeof *RANDOM; i++) {
    uint8_t *a = corrupted_by(&two, kind_named(RANDOM[i]), 3, 1);
    uint8_t *b = corrupted_by(&two, kind_named(RANDOM[i]), 3, 2);
    assert_memory_not_equal(a, a + size_of(&one), size_of(&one));
    assert_memory_not_equal(a, b, size_of(&one));
    free(a);
    free(b);
  }
  free(pixels);
  set_free(&one);
}

static void rows_are_whole(void **state) {
  (void)state;
  for (int i = 0; CORRUPTIONS[i]; i++) {
    const Corruption *kind = CORRUPTIONS[i];
    assert_true(kind->name && kind->about && kind->apply && kind->gray.source);
    assert_true(kind->n_severities == 1 || kind->n_severities == CORRUPTION_SEVERITIES);
    assert_int_equal(kind->n_severities > 1, kind->parameters != NULL);
    assert_true((kind->table_bytes > 0) == (kind->fill != NULL));
    assert_true(strspn(kind->name, "abcdefghijklmnopqrstuvwxyz-") == strlen(kind->name));
    for (int k = 0; k < i; k++) assert_string_not_equal(CORRUPTIONS[k]->name, kind->name);
  }
  const Corruption *kind;
  Status status = corruption_find(&kind, "rain");
  assert_int_equal(status.code, STATUS_USAGE);
  assert_non_null(strstr(status.text, "rain: no kind of corruption; expected one of: gaussian-"));
  assert_non_null(strstr(status.text, "stripe"));
}

static double distance(const ImageSet *set, const uint8_t *out) {
  double sum = 0;
  for (size_t i = 0; i < size_of(set); i++)
    sum += (double)(out[i] - set->pixels[i]) * (out[i] - set->pixels[i]);
  return sqrt(sum / (double)size_of(set));
}

/* Two kinds have parameters that do not all grow, as their sources have them. */
static void severity_is_distance(void **state) {
  (void)state;
  for (int c = 1; c <= 3; c += 2) {
    ImageSet set = digits(24, c);
    for (int i = 0; CORRUPTIONS[i]; i++) {
      const Corruption *kind = CORRUPTIONS[i];
      int is_mixed = strcmp(kind->name, c == 1 ? "fog" : "glass-blur") == 0;
      double before = 0;
      for (int s = 1; s <= kind->n_severities; s++) {
        uint8_t *out = corrupted_by(&set, kind, s, CORRUPTION_SEED);
        double now = distance(&set, out);
        if (!(now >= (is_mixed ? 0.8 * before : before)))
          fail_msg("%s %d, %d channels: %g after %g", kind->name, s, c, now, before);
        before = now;
        free(out);
      }
    }
    set_free(&set);
  }
}

static void any_size(void **state) {
  (void)state;
  static const int SIZES[][3] = {{1, 1, 1}, {1, 3, 100}, {2, 5, 7}, {4, 40, 2}, {3, 1, 9}};
  for (size_t k = 0; k < sizeof SIZES / sizeof *SIZES; k++) {
    ImageSet set = flat(3, SIZES[k][0], SIZES[k][1], SIZES[k][2], 77);
    for (int i = 0; CORRUPTIONS[i]; i++)
      for (int s = 1; s <= CORRUPTIONS[i]->n_severities; s++)
        free(corrupted_by(&set, CORRUPTIONS[i], s, CORRUPTION_SEED));
    set_free(&set);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(bits),
                                     cmocka_unit_test(same_for_any_threads_and_alone),
                                     cmocka_unit_test(random_numbers_are_new),
                                     cmocka_unit_test(rows_are_whole),
                                     cmocka_unit_test(severity_is_distance),
                                     cmocka_unit_test(any_size)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
