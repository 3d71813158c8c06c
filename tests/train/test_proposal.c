/* Proposed ranks and threads, and the command that starts them. */
#include "proposal.h"

#include "heard.h"
#include <stdlib.h>
#include <string.h>

static int blocks_of_the_busiest(int n_blocks, int n_workers) {
  return (n_blocks + n_workers - 1) / n_workers;
}

/* None of the cores would make it quicker, and one worker less would make it slower. */
static void no_more_than_are_of_use(void **state) {
  (void)state;
  for (int n_cores = 1; n_cores <= 70; n_cores++)
    for (int batch = 1; batch <= 1200; batch += 13) {
      const int n_blocks = (batch + 15) / 16;
      for (int n_domains = 1; n_domains <= 4; n_domains++) {
        const PassLayout layout = proposal_make(n_cores, n_domains, batch, 0);
        const int n = layout.n_ranks * layout.n_threads;
        const int best = blocks_of_the_busiest(n_blocks, n_cores);
        assert_true(n >= 1 && n <= n_cores && layout.n_ranks <= n_domains);
        assert_int_equal(blocks_of_the_busiest(n_blocks, n), best);
        if (n > 1) assert_true(blocks_of_the_busiest(n_blocks, n - 1) > best);
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
  check(64, 1, 128, 0, 1, 8); /* 8 blocks */
  check(64, 2, 128, 0, 2, 4);
  check(6, 1, 128, 0, 1, 4); /* two blocks each, as with 6 and 7 */
  check(8, 3, 128, 0, 2, 4);
  check(64, 1, 1, 0, 1, 1);
  check(64, 1, 128, 2, 4, 2);
  check(2, 1, 128, 4, 1, 4);
  assert_float_equal(proposal_busy((PassLayout){1, 8}, 128), 1, 0);
  assert_float_equal(proposal_busy((PassLayout){2, 3}, 128), 8 / 12.0, 1e-12);
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
