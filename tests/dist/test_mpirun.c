/* The launchers of MPI libraries, by the names that these give themselves. One process. */
#include "dist/mpirun.h"
#include "support/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[2][64];

static void expect(const char *library, const char *wanted) {
  char text[256] = "";
  Mpirun mpirun;
  mpirun_make(&mpirun, library, 3);
  for (int i = 0; i < mpirun.n_words; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
             mpirun.words[i]);
  assert_string_equal(text, wanted);
}

static void unbound(void **state) {
  (void)state;
  assert_int_equal(setenv("PATH", "", 1), 0);
  expect("Open MPI v4.1.4", "mpirun -n 3 --oversubscribe --bind-to none");
  expect("MPICH Version:\t4.0.2", "mpirun -n 3 -bind-to none");
  expect("Intel(R) MPI Library 2021.11 for Linux* OS", "mpirun -n 3 -genv I_MPI_PIN 0");
  expect("MVAPICH2 Version      :\t2.3.7", "mpirun -n 3 -genv MV2_ENABLE_AFFINITY 0");
  expect("MVAPICH Version       :\t3.0", "mpirun -n 3 -bind-to none");
  expect("MPI VERSION    : CRAY MPICH version 8.1.25.17", "mpiexec -n 3 --cpu-bind none");
  expect("another", "mpirun -n 3");
}

static void bound(void **state) {
  (void)state;
  static const char *const CASES[][2] = {
      {"Open MPI v5.0.7", "mpirun -n 2 --map-by slot:PE=4 --bind-to core"},
      {"MPICH Version:\t4.0.2", "mpirun -n 2 -bind-to core:4"},
      {"Intel(R) MPI Library 2021.11", "mpirun -n 2 -genv I_MPI_PIN_DOMAIN 4"},
      {"MPI VERSION    : CRAY MPICH version 8", "mpiexec -n 2 --cpu-bind depth --depth 4"},
      {"another", "mpirun -n 2"},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char text[160];
    mpirun_command(text, sizeof text, CASES[i][0], 2, 4);
    assert_string_equal(text, CASES[i][1]);
  }
}

static void put(int i, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder[i], name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fclose(file);
  assert_int_equal(chmod(path, 0700), 0);
}

static void expect_found(const char *library, int i, const char *name) {
  char wanted[128];
  Mpirun mpirun;
  snprintf(wanted, sizeof wanted, "%s/%s", folder[i], name);
  mpirun_make(&mpirun, library, 1);
  assert_string_equal(mpirun.words[0], wanted);
}

/* Within a folder the name of this MPI alone comes first; an earlier folder comes before it. */
static void found_in_path(void **state) {
  (void)state;
  char path[256];
  for (int i = 0; i < 2; i++) {
    snprintf(folder[i], sizeof folder[i], "/tmp/normlab-mpirun-XXXXXX");
    assert_non_null(mkdtemp(folder[i]));
  }
  snprintf(path, sizeof path, ":%s:%s", folder[0], folder[1]);
  assert_int_equal(setenv("PATH", path, 1), 0);
  put(1, "mpirun"), put(1, "mpirun.mpich"), put(1, "mpirun.openmpi");
  expect_found("Open MPI v5.0.7", 1, "mpirun.openmpi");
  expect_found("MPICH Version:\t4.0.2", 1, "mpirun.mpich");
  expect_found("another", 1, "mpirun");
  put(0, "mpirun");
  expect_found("MPICH Version:\t4.0.2", 0, "mpirun");
  for (int i = 0; i < 2; i++) {
    static const char *const NAMES[] = {"mpirun", "mpirun.mpich", "mpirun.openmpi", ""};
    for (size_t j = 0; j < sizeof NAMES / sizeof *NAMES; j++) {
      snprintf(path, sizeof path, "%s/%s", folder[i], NAMES[j]);
      (void)remove(path);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(unbound),
      cmocka_unit_test(bound),
      cmocka_unit_test(found_in_path),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
