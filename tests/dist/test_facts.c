/* Facts and the difference that is named; launchers. One process. */
#include "dist/facts.h"
#include "dist/launcher.h"
#include "support/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(Facts *facts, const char *name, const char *value, const char *note) {
  facts_add(facts, &(Fact){name, value, note, "do this"});
}

/* What is said of rank 3's facts; both lists are freed. */
static void expect(Facts *mine, Facts *first, const char *wanted) {
  char text[STATUS_TEXT] = "";
  const int differ = facts_difference(text, sizeof text, mine, 3, "nodeB", first, "nodeA");
  assert_int_equal(differ, *wanted != '\0');
  assert_string_equal(text, wanted);
  facts_free(mine);
  facts_free(first);
}

static void differences(void **state) {
  (void)state;
  Facts a = {0}, b = {0};
  expect(&a, &b, "");
  add(&a, "x", "1", NULL), add(&b, "x", "1", NULL);
  expect(&a, &b, "");
  add(&a, "x", "1", NULL), add(&b, "x", "1", NULL);
  add(&a, "y", "2", NULL), add(&b, "y", "02", NULL);
  expect(&a, &b, "rank 3 on nodeB: y is 2, rank 0 on nodeA has 02: do this");
  add(&a, "x", "1", NULL), add(&b, "x", "1", NULL);
  add(&b, "y", "2", NULL);
  expect(&a, &b, "rank 3 on nodeB: y is not there, rank 0 on nodeA has 2: do this");
  add(&a, "x", "1", NULL), add(&a, "y", "2", NULL), add(&b, "y", "2", NULL);
  expect(&a, &b, "rank 3 on nodeB: x is 1, rank 0 on nodeA has none: do this");
}

/* A note is told, but may differ; the value of one without a value is the note. */
static void notes(void **state) {
  (void)state;
  Facts a = {0}, b = {0};
  add(&a, "x", "1", "/a"), add(&b, "x", "1", "/b");
  expect(&a, &b, "");
  add(&a, "x", "1", "/a"), add(&b, "x", "2", "/b");
  expect(&a, &b, "rank 3 on nodeB: x is /a (1), rank 0 on nodeA has /b (2): do this");
}

/* The place where long values differ is shown, wherever it is. */
static void long_values(void **state) {
  (void)state;
  char one[2000], other[2000], text[STATUS_TEXT];
  memset(one, 'a', sizeof one - 1);
  one[sizeof one - 1] = '\0';
  for (size_t place = 0; place < sizeof one - 1; place += 333) {
    Facts a = {0}, b = {0};
    memcpy(other, one, sizeof one);
    other[place] = '!';
    add(&a, "x", one, NULL), add(&b, "x", other, NULL);
    assert_int_equal(facts_difference(text, sizeof text, &a, 3, "nodeB", &b, "nodeA"), 1);
    assert_non_null(strchr(text, '!'));
    assert_non_null(strstr(text, "..."));
    assert_in_range(strlen(text), 200, 500);
    facts_free(&a);
    facts_free(&b);
  }
}

static const char *const VARIABLES[] = {"OMPI_COMM_WORLD_RANK",
                                        "OMPI_COMM_WORLD_SIZE",
                                        "MV2_COMM_WORLD_RANK",
                                        "MV2_COMM_WORLD_SIZE",
                                        "PALS_RANKID",
                                        "PMI_RANK",
                                        "PMI_SIZE",
                                        "PMIX_RANK",
                                        "SLURM_PROCID",
                                        "SLURM_STEP_NUM_TASKS",
                                        "SLURM_NTASKS"};

/* Variables as "NAME=VALUE" and what they mean; without a name there is no launcher. */
typedef struct Case {
  const char *set[6];
  const char *name;
  int rank, size;
} Case;

static void launchers(void **state) {
  (void)state;
  static const Case CASES[] = {
      {{NULL}, NULL, 0, 1},
      {{"OMPI_COMM_WORLD_RANK=2", "OMPI_COMM_WORLD_SIZE=3", "PMIX_RANK=2"}, "mpirun of O", 2, 3},
      {{"PMI_RANK=1", "PMI_SIZE=4"}, "mpiexec of Hydra", 1, 4},
      {{"MV2_COMM_WORLD_RANK=1", "MV2_COMM_WORLD_SIZE=2", "PMI_RANK=5"}, "mpirun_rsh", 1, 2},
      {{"PALS_RANKID=1", "PMI_RANK=1", "PMI_SIZE=2"}, "mpiexec of PALS", 1, 2},
      {{"PMIX_RANK=7"}, "PMIx", 7, 0},
      {{"PMIX_RANK=1", "SLURM_PROCID=1", "SLURM_STEP_NUM_TASKS=2"}, "Slurm", 1, 2},
      /* Daemons that Slurm has started start the ranks. */
      {{"PMIX_RANK=3", "SLURM_PROCID=1", "SLURM_STEP_NUM_TASKS=2"}, "PMIx", 3, 0},
      {{"OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=1", "SLURM_PROCID=1",
        "SLURM_STEP_NUM_TASKS=2"},
       "mpirun of Open MPI",
       0,
       1},
      {{"SLURM_PROCID=2", "SLURM_STEP_NUM_TASKS=4"}, "Slurm", 2, 4},
      {{"SLURM_PROCID=0", "SLURM_NTASKS=4"}, NULL, 0, 1}, /* the script of a job */
      {{"PMI_RANK=x", "PMI_SIZE=4"}, NULL, 0, 1},
      {{"PMI_RANK=", "PMI_SIZE=4"}, NULL, 0, 1},
      {{"PMI_RANK=4", "PMI_SIZE=4"}, NULL, 0, 1},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    for (size_t k = 0; k < sizeof VARIABLES / sizeof *VARIABLES; k++) unsetenv(VARIABLES[k]);
    char text[6][64];
    for (int k = 0; k < 6 && CASES[i].set[k]; k++) {
      snprintf(text[k], sizeof text[k], "%s", CASES[i].set[k]);
      assert_int_equal(putenv(text[k]), 0);
    }
    const Launcher found = launcher_read();
    const char *name = CASES[i].name;
    assert_int_equal(found.name != NULL, name != NULL);
    if (name) assert_memory_equal(found.name, name, strlen(name));
    assert_int_equal(found.rank, CASES[i].rank);
    assert_int_equal(found.size, CASES[i].size);
    for (size_t k = 0; k < sizeof VARIABLES / sizeof *VARIABLES; k++) unsetenv(VARIABLES[k]);
  }
}

/* Processes of this node, by Slurm's list and the node's number. */
static void processes_here(void **state) {
  (void)state;
  static const struct {
    const char *list, *node;
    int wanted;
  } CASES[] = {{"4", "0", 4},         {"2(x3),1", "0", 2}, {"2(x3),1", "2", 2}, {"2(x3),1", "3", 1},
               {"2(x3),1", "4", 0},   {"1,12", "1", 12},   {"2(y3)", "0", 0},   {"", "0", 0},
               {"3,2(x2),5", "3", 5}, {"3,2", "x", 0}};
  assert_int_equal(setenv("SLURM_PROCID", "0", 1), 0);
  assert_int_equal(setenv("SLURM_STEP_NUM_TASKS", "40", 1), 0);
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    assert_int_equal(setenv("SLURM_STEP_TASKS_PER_NODE", CASES[i].list, 1), 0);
    assert_int_equal(setenv("SLURM_NODEID", CASES[i].node, 1), 0);
    assert_int_equal(launcher_read().local_size, CASES[i].wanted);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(differences), cmocka_unit_test(notes),
                                     cmocka_unit_test(long_values), cmocka_unit_test(launchers),
                                     cmocka_unit_test(processes_here)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
