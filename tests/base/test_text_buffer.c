#include "base/text_buffer.h"

#include "support/cmocka_all.h"

#include <string.h>

static void adds_to_the_end(void **state) {
  (void)state;
  TextBuffer buffer = {.used = 0};
  text_add(&buffer, "%d", 1);
  text_add(&buffer, "%s", "");
  text_add(&buffer, ", %s", "two");
  assert_string_equal(buffer.text, "1, two");
  assert_int_equal(buffer.used, 6);
  buffer.used = 0;
  text_add(&buffer, "anew");
  assert_string_equal(buffer.text, "anew");
}

static void cuts_what_is_too_long(void **state) {
  (void)state;
  struct {
    TextBuffer buffer;
    char after[16];
  } block;
  memset(&block, 'z', sizeof block);
  block.buffer.used = 0;
  for (int i = 0; i < TEXT_BUFFER_BYTES; i++) text_add(&block.buffer, "%s", "abc");
  assert_int_equal(block.buffer.used, TEXT_BUFFER_BYTES - 1);
  assert_int_equal(strlen(block.buffer.text), TEXT_BUFFER_BYTES - 1);
  assert_memory_equal(block.after, "zzzzzzzzzzzzzzzz", 16);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(adds_to_the_end),
      cmocka_unit_test(cuts_what_is_too_long),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
