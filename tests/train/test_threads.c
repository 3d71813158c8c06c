/* How many threads a rank gets, and what is said of it. One process: one rank, on the cores of this
 * machine that it may use. */
#include "heard.h"
#include "support/ranks.h"
#include "train/threads.h"
#include <omp.h>
#include <sched.h>
#include <stdlib.h>

static int n_allowed; /* cores */

static int forget(void **state) {
  (void)state;
  static const char *const NAMES[] = {"OMP_NUM_THREADS", "SLURM_CPUS_ON_NODE", "SLURM_JOB_ID"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) unsetenv(NAMES[i]);
  return 0;
}

static void set(const char *name, int value) {
  char text[32];
  snprintf(text, sizeof text, "%d", value);
  assert_int_equal(setenv(name, text, 1), 0);
}

/* Of a batch that fills as many threads. `text` gets the warnings. */
static int choose(char text[1000], int *n_cores, int wanted, int batch) {
  FILE *file;
  int before = heard_begin(&file);
  int n_threads;
  assert_int_equal(threads_choose(&n_threads, n_cores, wanted, batch).code, STATUS_OK);
  heard_end(text, 1000, before, file);
  return n_threads;
}

static void expect_threads(int n_threads, int n_cores, int wanted, int blocks) {
  char text[1000];
  int found_cores, found = choose(text, &found_cores, wanted, 16 * blocks);
  assert_int_equal(found, n_threads);
  assert_int_equal(found_cores, n_cores);
}

static void all_cores(void **state) {
  (void)state;
  expect_threads(n_allowed, n_allowed, 0, n_allowed);
}

/* An option goes before OMP_NUM_THREADS, and that before what fits. */
static void who_decides(void **state) {
  (void)state;
  set("OMP_NUM_THREADS", 5);
  expect_threads(5, n_allowed, 0, 5);
  expect_threads(3, n_allowed, 3, 3);
  assert_int_equal(setenv("OMP_NUM_THREADS", "4,2", 1), 0);
  expect_threads(4, n_allowed, 0, 4);
  set("OMP_NUM_THREADS", 0);
  expect_threads(n_allowed, n_allowed, 0, n_allowed);
  assert_int_equal(setenv("OMP_NUM_THREADS", "many", 1), 0);
  expect_threads(n_allowed, n_allowed, 0, n_allowed);
  set("OMP_NUM_THREADS", MAX_THREADS + 1);
  expect_threads(n_allowed, n_allowed, 0, n_allowed);
}

/* Where Slurm binds nothing, a job's share of the node is smaller than what the process may use. */
static void the_share_of_a_job(void **state) {
  (void)state;
  set("SLURM_CPUS_ON_NODE", 1);
  expect_threads(1, 1, 0, 1);
  set("SLURM_CPUS_ON_NODE", n_allowed + 1);
  expect_threads(n_allowed, n_allowed, 0, n_allowed);
}

static void threads_without_a_core(void **state) {
  (void)state;
  char text[1000], wanted[1000];
  int n_cores, n = n_allowed + 1;
  assert_int_equal(choose(text, &n_cores, n, 16 * n), n);
  snprintf(wanted, sizeof wanted,
           "normlab: warning: ranks x threads = 1 x %d share %d allowed core%s of this node: slow; "
           "start with OMP_NUM_THREADS=",
           n, n_allowed, n_allowed > 1 ? "s" : "");
  assert_memory_equal(text, wanted, strlen(wanted));
  assert_int_equal(choose(text, &n_cores, n_allowed, 16 * n_allowed), n_allowed);
  assert_string_equal(text, "");
}

/* 5 blocks for 2 threads: two rounds, and one narrow block that they share. */
static void blocks_that_do_not_fill_the_threads(void **state) {
  (void)state;
  char text[1000];
  int n_cores;
  if (n_allowed < 2) skip();
  choose(text, &n_cores, 2, 65);
  assert_string_equal(text,
                      "normlab: warning: a batch of 65 on ranks x threads = 1 x 2: at most 81 % of "
                      "them are busy, as 16 samples are computed at a time; a multiple of 32 fills "
                      "them\n");
  choose(text, &n_cores, 2, 64);
  assert_string_equal(text, "");
}

static void the_limit_of_openmp(void **state) {
  (void)state;
  const char *limit = getenv("OMP_THREAD_LIMIT");
  assert_non_null(limit); /* set where the test is added */
  assert_int_equal(omp_get_thread_limit(), atoi(limit));
  expect_threads(omp_get_thread_limit(), n_allowed, omp_get_thread_limit() + 1,
                 omp_get_thread_limit());
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(all_cores, forget),
      cmocka_unit_test_setup(who_decides, forget),
      cmocka_unit_test_setup(the_share_of_a_job, forget),
      cmocka_unit_test_setup(threads_without_a_core, forget),
      cmocka_unit_test_setup(blocks_that_do_not_fill_the_threads, forget),
      cmocka_unit_test_setup(the_limit_of_openmp, forget),
  };
  cpu_set_t cores;
  forget(NULL);
  if (ranks_start(&argc, &argv).code != STATUS_OK) return 1;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  n_allowed = CPU_COUNT(&cores);
  int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
  ranks_end();
  return n_failed;
}
