/* The orientation of Exif: well-formed markers of both byte orders, and malformed ones, each in a
 * block of memory of its own length, so that a sanitizer sees a read beyond it. */
#include "exif.h"
#include "support/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

enum { MOST = 128 };

static void put(uint8_t *at, int is_big, size_t bytes, uint32_t value) {
  for (size_t i = 0; i < bytes; i++) at[is_big ? bytes - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

/* A marker with a directory at `place` of three entries, the second of which is the orientation. */
static size_t make(uint8_t bytes[MOST], int is_big, uint32_t place, uint32_t value) {
  memset(bytes, 0, MOST);
  memcpy(bytes, "Exif\0", 6);
  uint8_t *tiff = bytes + 6;
  memcpy(tiff, is_big ? "MM" : "II", 2);
  put(tiff + 2, is_big, 2, 42);
  put(tiff + 4, is_big, 4, place);
  put(tiff + place, is_big, 2, 3);
  for (int i = 0; i < 3; i++) {
    uint8_t *entry = tiff + place + 2 + 12 * i;
    put(entry, is_big, 2, i == 1 ? 0x0112 : 0x010e + (uint32_t)i);
    put(entry + 2, is_big, 2, 3);
    put(entry + 4, is_big, 4, 1);
    put(entry + 8, is_big, 2, i == 1 ? value : 5);
  }
  return 6 + place + 2 + 36;
}

static int look(const uint8_t *bytes, size_t n) {
  uint8_t *copy = malloc(n ? n : 1);
  assert_non_null(copy);
  memcpy(copy, bytes, n);
  const int found = exif_orientation(copy, n);
  free(copy);
  return found;
}

static void finds_all(void **state) {
  (void)state;
  uint8_t bytes[MOST];
  for (uint32_t value = 1; value <= 8; value++)
    for (int is_big = 0; is_big < 2; is_big++)
      for (uint32_t place = 8; place < 30; place += 7)
        assert_int_equal(look(bytes, make(bytes, is_big, place, value)), value);
}

/* Up to the end of its entry it is not there, from then on it is. */
static void cut_anywhere(void **state) {
  (void)state;
  uint8_t bytes[MOST];
  const size_t n = make(bytes, 1, 8, 6), end = 6 + 8 + 2 + 24;
  for (size_t k = 0; k <= n; k++) assert_int_equal(look(bytes, k), k >= end ? 6 : 1);
}

typedef struct Damage {
  size_t at, bytes;
  uint32_t value;
} Damage;

static void malformed(void **state) {
  (void)state;
  static const Damage DAMAGES[] = {{0, 1, 'e'},         /* not Exif */
                                   {5, 1, 1},           /* no second NUL */
                                   {6, 1, 'X'},         /* no byte order */
                                   {7, 1, 'I'},         /* two byte orders */
                                   {6, 2, 0x5858},      /* an unknown one */
                                   {8, 2, 43},          /* not TIFF */
                                   {10, 4, 0},          /* a directory in the header */
                                   {10, 4, 0xffffffff}, /* beyond the end */
                                   {10, 4, 0xfffffff8}, /* and so that a sum would begin anew */
                                   {10, 4, MOST},       /* beyond the end by little */
                                   {14, 2, 0},          /* no entries */
                                   {14, 2, 1},          /* too few */
                                   {16 + 12 + 0, 2, 0x0113}, /* another tag */
                                   {16 + 12 + 2, 2, 4},      /* of another type */
                                   {16 + 12 + 4, 4, 2},      /* two numbers */
                                   {16 + 12 + 4, 4, 0},      /* none */
                                   {16 + 12 + 8, 2, 0},      /* not from 1 to 8 */
                                   {16 + 12 + 8, 2, 9},      /* not from 1 to 8 */
                                   {16 + 12 + 8, 2, 0xffff}};
  for (size_t i = 0; i < sizeof DAMAGES / sizeof *DAMAGES; i++) {
    uint8_t bytes[MOST];
    const size_t n = make(bytes, 1, 8, 6);
    put(bytes + DAMAGES[i].at, 1, DAMAGES[i].bytes, DAMAGES[i].value);
    assert_int_equal(look(bytes, n), 1);
  }
  uint8_t bytes[MOST];
  const size_t n = make(bytes, 1, 8, 6);
  put(bytes + 14, 1, 2, 0xffff); /* more entries than there are: those that are there count */
  assert_int_equal(look(bytes, n), 6);
}

/* Whatever stands there, it is 1 to 8. */
static void noise(void **state) {
  (void)state;
  uint64_t random = 1;
  for (int i = 0; i < 200000; i++) {
    uint8_t bytes[MOST];
    const size_t n = make(bytes, i & 1, 8, 6);
    for (int k = 0; k < 3; k++) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      bytes[(random >> 33) % n] = (uint8_t)(random >> 56);
    }
    const int found = look(bytes, (random >> 20) % (n + 1));
    assert_in_range(found, 1, 8);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(finds_all), cmocka_unit_test(cut_anywhere),
                                     cmocka_unit_test(malformed), cmocka_unit_test(noise)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
