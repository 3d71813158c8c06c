#include "nn/renorm.h"

#include "fixture.h"
#include "nn/network.h"
#include "nn/pass.h"

#include <math.h>
#include <string.h>

static void expect(const Config *config, int64_t n_steps, int64_t step, double r_max,
                   double d_max) {
  const RunLength length = {.n_steps = n_steps};
  const RenormLimits limits = renorm_limits(config, &length, step);
  if (!(fabs(limits.r_max - r_max) <= 1e-12) || !(fabs(limits.d_max - d_max) <= 1e-12))
    fail_msg("step %d: %g and %g", (int)step, limits.r_max, limits.d_max);
}

/* Those of the paper: 1 and 0 for 5,000 steps, then 3 at 40,000 and 5 at 25,000. */
static void limits_of_the_paper(void **state) {
  (void)state;
  Config *config = config_make(NETWORK_S6, "renorm", NULL);
  expect(config, 100000, 0, 1, 0);
  expect(config, 100000, 5000, 1, 0);
  expect(config, 100000, 15000, 1 + 2 * 10000 / 35000.0, 2.5);
  expect(config, 100000, 25000, 1 + 2 * 20000 / 35000.0, 5);
  expect(config, 100000, 40000, 3, 5);
  expect(config, 100000, 90000, 3, 5);
  config_free(config);
}

static void limits_by_shares(void **state) {
  (void)state;
  Config *config = config_make(NETWORK_S6, "renorm", "renorm.begin=0.1", "renorm.r_end=0.5",
                               "renorm.d_end=0", "renorm.r_max=2", "renorm.d_max=4", NULL);
  expect(config, 1000, 99, 1, 0);
  expect(config, 1000, 100, 1, 4); /* its end is before its begin */
  expect(config, 1000, 300, 1.5, 4);
  expect(config, 1000, 999, 2, 4);
  config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(limits_of_the_paper),
                                     cmocka_unit_test(limits_by_shares)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
