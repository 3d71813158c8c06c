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

/* Blocks are counted as they are allocated: in whole cache lines, large ones in pages of 2 MB. */
static void counts_what_it_takes(void **state) {
  (void)state;
  enum { PAGE = 2 << 20 };
  assert_int_equal(memory_bytes(0, 8), 64);
  assert_int_equal(memory_bytes(1, 1), 64);
  assert_int_equal(memory_bytes(65, 1), 128);
  assert_int_equal(memory_bytes(2 * PAGE + 1, 1), 3 * PAGE);
  char *small = NULL;
  double *large = NULL;
  const MemoryBlock blocks[] = {{&small, 65, 1, "small"}, {&large, PAGE, sizeof *large, "large"}};
  assert_int_equal(memory_bytes_of_all(blocks, 2), 128 + 8 * PAGE);
  const size_t before = memory_now();
  assert_int_equal(memory_allocate_all(blocks, 2).code, STATUS_OK);
  const size_t more = memory_now() - before;
  assert_true(more >= 8 * PAGE && more <= 9 * PAGE);
  free(small);
  free(large);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_what_it_takes),   cmocka_unit_test(is_aligned_and_zero),
      cmocka_unit_test(refuses_what_cannot_be), cmocka_unit_test(knows_the_peak),
      cmocka_unit_test(knows_what_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
