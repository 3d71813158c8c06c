#include "base/status.h"

#include "support/cmocka_all.h"

#include <errno.h>
#include <string.h>

static void formats_and_codes(void **state) {
  (void)state;
  Status ok = status_ok();
  assert_int_equal(ok.code, STATUS_OK);
  assert_string_equal(ok.text, "");
  Status bad = status_error(STATUS_DATA, "%s: offset %d", "x.h5", 17);
  assert_int_equal(bad.code, STATUS_DATA);
  assert_string_equal(bad.text, "x.h5: offset 17");
  Status system = status_errno(STATUS_FILE, ENOENT, "%s", "x.h5");
  assert_int_equal(system.code, STATUS_FILE);
  assert_string_equal(system.text, "x.h5: No such file or directory");
  assert_int_equal(status_errno(STATUS_FILE, ENOMEM, "x.h5").code, STATUS_MEMORY);
}

static void long_messages_are_cut(void **state) {
  (void)state;
  char text[3 * STATUS_TEXT];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  assert_int_equal(strlen(status_error(STATUS_USAGE, "%s", text).text), STATUS_TEXT - 1);
  assert_int_equal(strlen(status_errno(STATUS_USAGE, ENOENT, "%s", text).text), STATUS_TEXT - 1);
}

static Status tries(Status inner, int *went_on) {
  TRY(inner);
  *went_on = 1;
  return status_ok();
}

static void try_returns_failures(void **state) {
  (void)state;
  int went_on = 0;
  Status status = tries(status_error(STATUS_NUMBERS, "loss"), &went_on);
  assert_int_equal(status.code, STATUS_NUMBERS);
  assert_string_equal(status.text, "loss");
  assert_int_equal(went_on, 0);
  assert_int_equal(tries(status_ok(), &went_on).code, STATUS_OK);
  assert_int_equal(went_on, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(formats_and_codes),
      cmocka_unit_test(long_messages_are_cut),
      cmocka_unit_test(try_returns_failures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
