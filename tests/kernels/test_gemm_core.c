/* The program runs itself with different settings of OPENBLAS_CORETYPE; its child prints the core
 * type in use and how often it was executed. */
#include "kernels/gemm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *program;

/* Output of this program's child, run with the environment SETTING. */
static void run_child(const char *setting, char core[64], int *n_runs) {
  char command[1000];
  snprintf(command, sizeof command, "env -u NORMLAB_TEST_RUNS %s '%s' child two words", setting,
           program);
  FILE *child = popen(command, "r");
  assert_non_null(child);
  assert_int_equal(fscanf(child, "%63s %d", core, n_runs), 2);
  assert_int_equal(pclose(child), 0);
}

static void test_a_named_core_is_kept(void **state) {
  (void)state;
  char core[64];
  int n_runs;
  run_child("OPENBLAS_CORETYPE=Nehalem", core, &n_runs);
  if (strcmp(core, "Nehalem") != 0) {
    print_message("left out: this OpenBLAS has one core type, %s\n", core);
    skip();
  }
  assert_int_equal(n_runs, 1);
}

static void test_a_narrow_core_is_replaced_once(void **state) {
  (void)state;
#if defined __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    static const char *const narrow[] = {"Prescott", "Core2", "Nehalem", "Sandybridge",
                                         "Barcelona"};
    char core[64];
    int n_runs;
    run_child("-u OPENBLAS_CORETYPE", core, &n_runs);
    print_message("core type %s after %d run(s)\n", core, n_runs);
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
      assert_string_not_equal(core, narrow[i]);
    assert_in_range(n_runs, 1, 2);
    return;
  }
#endif
  print_message("left out: no AVX2\n");
  skip();
}

static int child(int argc, char **argv) {
  const char *before = getenv("NORMLAB_TEST_RUNS");
  char runs[16];
  snprintf(runs, sizeof runs, "%d", before ? atoi(before) + 1 : 1);
  setenv("NORMLAB_TEST_RUNS", runs, 1);
  if (atoi(runs) > 5) return 3;
  gemm_fix_core_type(argv);
  if (argc != 4 || strcmp(argv[3], "words") != 0) return 4;
  printf("%s %s\n", gemm_core_type(), runs);
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1) return child(argc, argv);
  program = argv[0];
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_named_core_is_kept),
      cmocka_unit_test(test_a_narrow_core_is_replaced_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
