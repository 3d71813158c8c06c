/* The program runs itself with different environments; its child loads the library of matrix
 * products and prints the core type before and after, or how loading fails. */
#include "kernels/gemm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *program;

/* Output of this program's child, started by the shell with these words before it. */
static int run_child(const char *before, char core[64]) {
  char command[1000], none[64];
  snprintf(command, sizeof command, "%s '%s' child", before, program);
  FILE *child = popen(command, "r");
  assert_non_null(child);
  assert_int_equal(fscanf(child, "%63s %63s", none, core), 2);
  assert_string_equal(none, "none");
  return pclose(child) / 256;
}

static void test_a_named_core_is_kept(void **state) {
  (void)state;
  char core[64];
  assert_int_equal(run_child("OPENBLAS_CORETYPE=Nehalem", core), STATUS_OK);
  if (strcmp(core, "Nehalem") != 0) {
    print_message("left out: this OpenBLAS has one core type, %s\n", core);
    skip();
  }
}

static void test_a_narrow_core_is_not_chosen(void **state) {
  (void)state;
#if defined __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    static const char *const narrow[] = {"Prescott", "Core2", "Nehalem", "Sandybridge",
                                         "Barcelona"};
    char core[64];
    assert_int_equal(run_child("env -u OPENBLAS_CORETYPE", core), STATUS_OK);
    print_message("core type %s\n", core);
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
      assert_string_not_equal(core, narrow[i]);
    return;
  }
#endif
  print_message("left out: no AVX2\n");
  skip();
}

/* OpenBLAS would try for ever to get its buffer. */
static void test_too_little_room(void **state) {
  (void)state;
#if defined __SANITIZE_ADDRESS__
  print_message("left out: the address sanitizer reserves more than any limit\n");
  skip();
#endif
  char core[64];
  assert_int_equal(run_child("ulimit -v 200000; timeout -k 1 20", core), STATUS_MEMORY);
  assert_string_equal(core, "none");
}

static int child(void) {
  printf("%s ", gemm_core_type());
  Status status = conv_gemm.prepare(1);
  if (status.code == STATUS_OK) status = conv_gemm.prepare(1);
  printf("%s\n", gemm_core_type());
  return (int)status.code;
}

int main(int argc, char **argv) {
  if (argc > 1) return child();
  program = argv[0];
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_named_core_is_kept),
                                     cmocka_unit_test(test_a_narrow_core_is_not_chosen),
                                     cmocka_unit_test(test_too_little_room)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
