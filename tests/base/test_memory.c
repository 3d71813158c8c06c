#include "base/memory.h"
#include "base/memory_left.h"

#include "support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static void is_aligned_and_zero(void **state) {
  (void)state;
  for (size_t n = 0; n < 300; n++) {
    unsigned char *block;
    assert_int_equal(memory_allocate(&block, n, 3, "block").code, STATUS_OK);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 64, 0);
    for (size_t i = 0; i < 3 * n; i++) assert_int_equal(block[i], 0);
    memset(block, 255, 3 * n);
    free(block);
  }
}

static void refuses_what_cannot_be(void **state) {
  (void)state;
  void *block = &block;
  Status status = memory_allocate(&block, SIZE_MAX / 4, 8, "weights");
  assert_int_equal(status.code, STATUS_MEMORY);
  assert_non_null(strstr(status.text, "weights"));
  assert_null(block);
  block = &block;
  status = memory_allocate(&block, SIZE_MAX / 8 + 2, 8, "weights"); /* 8 bytes, modulo 2^64 */
  assert_int_equal(status.code, STATUS_MEMORY);
  assert_null(block);
  block = &block;
  status = memory_allocate(&block, SIZE_MAX, 1, "weights");
  assert_int_equal(status.code, STATUS_MEMORY);
  assert_null(block);
}

static void knows_the_peak(void **state) {
  (void)state;
  enum { BYTES = 64 << 20 };
  size_t before = memory_peak();
  assert_true(before > 0);
  volatile char *block;
  assert_int_equal(memory_allocate(&block, BYTES, 1, "block").code, STATUS_OK);
  for (size_t i = 0; i < BYTES; i += 1024) block[i] = 1;
  assert_true(memory_peak() >= BYTES);
  free((void *)block);
}

static void knows_what_is_left(void **state) {
  (void)state;
  const size_t left = memory_left();
  assert_true(left > 1 << 20 && left < (size_t)1 << 50);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_aligned_and_zero),
      cmocka_unit_test(refuses_what_cannot_be),
      cmocka_unit_test(knows_the_peak),
      cmocka_unit_test(knows_what_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
