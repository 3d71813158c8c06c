/* Commands that start ranks, and the warning of a job that runs fewer than were asked for. One
 * process: one rank. */
#include "dist/dist.h"
#include "dist/mpirun.h"
#include "heard.h"
#include "launch.h"
#include <stdlib.h>

static int forget_slurm(void **state) {
  (void)state;
  static const char *const NAMES[] = {"SLURM_JOB_ID", "SLURM_NTASKS", "SLURM_CPUS_PER_TASK",
                                      "SLURM_CPUS_ON_NODE"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) unsetenv(NAMES[i]);
  return 0;
}

static void set(const char *name, const char *value) {
  assert_int_equal(setenv(name, value, 1), 0);
}

static void commands(void **state) {
  (void)state;
  char text[160];
  launch_command(text, sizeof text, 4, 3);
  char mpirun[128], wanted[160];
  mpirun_command(mpirun, sizeof mpirun, dist_version(), 4, 3);
  snprintf(wanted, sizeof wanted, "OMP_NUM_THREADS=3 %s", mpirun);
  assert_string_equal(text, wanted);
  set("SLURM_JOB_ID", "17");
  launch_command(text, sizeof text, 4, 3);
  assert_string_equal(text,
                      "OMP_NUM_THREADS=3 srun --mpi=pmix -n 4 --cpus-per-task=3 --cpu-bind=cores");
}

static void cores_of_slurm(void **state) {
  (void)state;
  assert_int_equal(launch_slurm_cores(), 0);
  set("SLURM_CPUS_ON_NODE", "6");
  assert_int_equal(launch_slurm_cores(), 6);
  set("SLURM_CPUS_ON_NODE", "-6");
  assert_int_equal(launch_slurm_cores(), 0);
  set("SLURM_CPUS_ON_NODE", "many");
  assert_int_equal(launch_slurm_cores(), 0);
}

static void expect_warning(const char *wanted) {
  char text[400];
  FILE *file;
  int before = heard_begin(&file);
  launch_check();
  heard_end(text, sizeof text, before, file);
  assert_string_equal(text, wanted);
}

static void a_job_that_runs_fewer(void **state) {
  (void)state;
  set("SLURM_NTASKS", "4");
  expect_warning(""); /* no job */
  set("SLURM_JOB_ID", "17");
  expect_warning("normlab: warning: Slurm was asked for 4 tasks, but 1 runs; start them all with "
                 "OMP_NUM_THREADS=1 srun --mpi=pmix -n 4 --cpus-per-task=1 --cpu-bind=cores\n");
  set("SLURM_CPUS_PER_TASK", "2");
  expect_warning("normlab: warning: Slurm was asked for 4 tasks, but 1 runs; start them all with "
                 "OMP_NUM_THREADS=2 srun --mpi=pmix -n 4 --cpus-per-task=2 --cpu-bind=cores\n");
  set("SLURM_NTASKS", "1");
  expect_warning("");
  unsetenv("SLURM_NTASKS");
  expect_warning("");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(commands, forget_slurm),
      cmocka_unit_test_setup(cores_of_slurm, forget_slurm),
      cmocka_unit_test_setup(a_job_that_runs_fewer, forget_slurm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
