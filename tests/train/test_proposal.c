/* Proposed ranks and threads, and the command that starts them. */
#include "train/proposal.h"

#include "heard.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double time_of(PassLayout layout, int batch) {
  return pass_rounds((batch + layout.n_ranks - 1) / layout.n_ranks, layout.n_threads);
}

/* More cores never make a proposal slower, none of its threads idles for long, and one rank has no
 * layout of fewer threads that takes as little time. */
static void no_more_than_are_of_use(void **state) {
  (void)state;
  for (int batch = 1; batch <= 1200; batch += 13)
    for (int n_domains = 1; n_domains <= 4; n_domains++) {
      double before = INFINITY;
      for (int n_cores = 1; n_cores <= 40; n_cores++) {
        const PassLayout layout = proposal_make(n_cores, n_domains, batch, 0);
        const int n = layout.n_ranks * layout.n_threads;
        const double time = time_of(layout, batch);
        assert_true(n >= 1 && n <= n_cores && layout.n_ranks <= n_domains);
        assert_true(time <= before);
        assert_true(pass_rounds(batch, 1) >= 0.75 * n * time);
        for (int k = 1; k < n && n_domains == 1; k++) assert_true(pass_rounds(batch, k) > time);
        before = time;
      }
    }
}

static void check(int n_cores, int n_domains, int batch, int n_threads, int ranks, int threads) {
  const PassLayout layout = proposal_make(n_cores, n_domains, batch, n_threads);
  assert_int_equal(layout.n_ranks, ranks);
  assert_int_equal(layout.n_threads, threads);
}

static void layouts(void **state) {
  (void)state;
  check(8, 1, 128, 0, 1, 8);   /* 8 blocks */
  check(64, 1, 128, 0, 1, 16); /* two threads share a block; three would idle for too long */
  check(64, 2, 128, 0, 2, 8);
  check(6, 1, 128, 0, 1, 6); /* a block each, and three threads on each of the other two */
  check(5, 1, 128, 0, 1, 4); /* two blocks each, as with 5 */
  check(8, 3, 128, 0, 2, 4);
  check(64, 1, 1, 0, 1, 2);
  check(64, 1, 128, 2, 8, 2); /* 16 samples a rank, 8 a thread */
  check(2, 1, 128, 4, 1, 4);
  assert_float_equal(proposal_busy((PassLayout){1, 8}, 128), 1, 0);
  assert_float_equal(proposal_busy((PassLayout){1, 5}, 128), 8 / 10.0, 1e-12);
  assert_true(proposal_domains() >= 1);
}

static void commands(void **state) {
  (void)state;
  char text[400];
  unsetenv("SLURM_JOB_ID");
  proposal_command(text, sizeof text, (PassLayout){2, 4},
                   "normlab train --check a.yaml --measure 20 --norm batch --threads=3 --measure=5 "
                   "--checkers --threads 8 --out x.h5");
  assert_string_equal(text, "OMP_NUM_THREADS=4 mpirun -n 2 --map-by slot:PE=4 --bind-to core "
                            "normlab train a.yaml --norm batch --checkers --out x.h5");
  proposal_command(text, 20, (PassLayout){2, 4}, "normlab train");
  assert_int_equal(strlen(text), 19);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_more_than_are_of_use),
      cmocka_unit_test(layouts),
      cmocka_unit_test(commands),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
