#include "nn/schedule.h"

#include "fixture.h"

#include <math.h>

static const char LAYERS[] = "network: {layers: [{type: global-avg-pool}]}\n";

/* In epochs of so many steps. */
static RunLength length_of(const Config *config, int64_t steps_per_epoch) {
  return run_length(config, steps_per_epoch * config->training.batch);
}

/* The rates of steps 0, 1, ... */
static void check_rates(const Config *config, int64_t steps_per_epoch, const double *rate, int n) {
  const RunLength length = length_of(config, steps_per_epoch);
  for (int step = 0; step < n; step++) {
    double found = schedule_rate(config, &length, step);
    if (!(fabs(found - rate[step]) <= 1e-14 * config->optimizer.lr))
      print_error("step %d: %.17g, not %.17g\n", step, found, rate[step]);
    assert_true(fabs(found - rate[step]) <= 1e-14 * config->optimizer.lr);
  }
}

static void test_constant(void **state) {
  (void)state;
  Config *config = config_make(LAYERS, NULL, "optimizer.lr=0.3", NULL);
  check_rates(config, 2, (double[]){0.3, 0.3, 0.3, 0.3, 0.3}, 5);
  config_free(config);
}

static void test_step(void **state) {
  (void)state;
  Config *config = config_make(LAYERS, NULL, "optimizer.lr=0.8", "schedule.type=step",
                               "schedule.every=2", "schedule.gamma=0.5", NULL);
  check_rates(
      config, 3,
      (double[]){.8, .8, .8, .8, .8, .8, .4, .4, .4, .4, .4, .4, .2, .2, .2, .2, .2, .2, .1}, 19);
  config_free(config);
}

static void test_multi_step(void **state) {
  (void)state;
  Config *config =
      config_make(LAYERS, NULL, "optimizer.lr=0.8", "schedule.type=multi-step",
                  "schedule.milestones=[1, 2, 5]", "schedule.gamma=0.5", "training.epochs=9", NULL);
  check_rates(config, 2, (double[]){.8, .8, .4, .4, .2, .2, .2, .2, .2, .2, .1, .1, .1, .1}, 14);
  config_free(config);
}

static void test_cosine(void **state) {
  (void)state;
  Config *config = config_make(LAYERS, NULL, "optimizer.lr=2", "schedule.type=cosine",
                               "training.epochs=2", NULL);
  const double half = 1 / sqrt(2);
  check_rates(config, 2, (double[]){2, 1 + half, 1, 1 - half}, 4);
  config_free(config);
  config = config_make(LAYERS, NULL, "optimizer.lr=2", "schedule.type=cosine", "training.epochs=3",
                       "schedule.final=0.5", NULL);
  check_rates(config, 1, (double[]){2, 1.75, 1.25}, 3);
  config_free(config);
}

/* From PyTorch 1.13:
 *   p = torch.nn.Parameter(torch.zeros(1)); o = torch.optim.SGD([p], lr=LR)
 *   s = torch.optim.lr_scheduler.OneCycleLR(o, max_lr=LR, total_steps=S, pct_start=RISE,
 * div_factor=DIV, final_div_factor=FINAL_DIV, cycle_momentum=False) for i in range(S):
 * print('%.17g' % o.param_groups[0]['lr']); o.step(); s.step() */
static void test_one_cycle(void **state) {
  (void)state;
  static const double common[] = {
      0.0040000000000000036, 0.013167184270002533,  0.037167184270002526,  0.066832815729997469,
      0.090832815729997476,  0.10000000000000001,   0.098746400623508743,  0.095048463201347383,
      0.089091617757105002,  0.081174565394976306,  0.071694300179130088,  0.06112620219362893,
      0.050000200000000002,  0.038874197806371073,  0.028306099820869922,  0.018825834605023701,
      0.010908782242895003,  0.0049519367986526289, 0.0012539993764912555, 3.9999999999999998e-07};
  static const double below_a_step[] = {
      0.49659373552482988,  0.46989856936382063,   0.41940107251352887, 0.35057343230707916,
      0.27087419153171505,  0.18893999958658542,   0.11364969750892394, 0.053162157778250736,
      0.014032143885266499, 0.00050000000000000001};
  static const double uneven[] = {0.25,
                                  0.3139728679561743,
                                  0.4840646567071607,
                                  0.70224198202791177,
                                  0.89406522139162425,
                                  0.99408646673034884,
                                  0.125};
  Config *config = config_make(LAYERS, NULL, "optimizer.lr=0.1", "schedule.type=one-cycle",
                               "training.epochs=4", NULL);
  check_rates(config, 5, common, 20);
  config_free(config);
  config =
      config_make(LAYERS, NULL, "optimizer.lr=0.5", "schedule.type=one-cycle", "training.epochs=10",
                  "schedule.rise=0.05", "schedule.div=10", "schedule.final_div=100", NULL);
  check_rates(config, 1, below_a_step, 10);
  config_free(config);
  config =
      config_make(LAYERS, NULL, "optimizer.lr=1", "schedule.type=one-cycle", "training.epochs=1",
                  "schedule.rise=0.9", "schedule.div=4", "schedule.final_div=2", NULL);
  check_rates(config, 7, uneven, 7);
  config_free(config);
}

/* Runs too short for the curve still have finite rates between end and top. */
static void test_one_cycle_of_a_short_run(void **state) {
  (void)state;
  for (int n_steps = 1; n_steps <= 12; n_steps++) {
    Config *config = config_make(LAYERS, NULL, "optimizer.lr=1", "schedule.type=one-cycle",
                                 "schedule.rise=0.25", "training.epochs=1", NULL);
    const RunLength length = length_of(config, n_steps);
    for (int step = 0; step < n_steps; step++) {
      double rate = schedule_rate(config, &length, step);
      assert_true(rate >= 1 / 25.0 / 10000 * (1 - 1e-12) && rate <= 1);
    }
    config_free(config);
  }
}

/* training.steps is the run's length for the schedule: the same curve as that of an epoch with so
 * many steps, and epochs are as long as before. */
static void test_cut_short(void **state) {
  (void)state;
  Config *whole = config_make(LAYERS, NULL, "schedule.type=one-cycle", "training.epochs=1", NULL);
  Config *cut = config_make(LAYERS, NULL, "schedule.type=one-cycle", "training.epochs=9",
                            "training.steps=7", NULL);
  const RunLength length = length_of(whole, 7), cut_length = length_of(cut, 5);
  for (int step = 0; step < 7; step++)
    assert_true(schedule_rate(cut, &cut_length, step) == schedule_rate(whole, &length, step));
  config_free(whole);
  config_free(cut);
  cut = config_make(LAYERS, NULL, "optimizer.lr=1", "schedule.type=step", "schedule.every=1",
                    "schedule.gamma=0.5", "training.steps=4", NULL);
  check_rates(cut, 3, (double[]){1, 1, 1, .5}, 4);
  config_free(cut);
}

static void test_warm_up(void **state) {
  (void)state;
  Config *config =
      config_make(LAYERS, NULL, "optimizer.lr=1", "schedule.type=step", "schedule.every=1",
                  "schedule.gamma=0.5", "schedule.warmup=1.5", NULL);
  check_rates(config, 4,
              (double[]){.01, .01 + .99 / 6, .01 + .99 / 3, .01 + .99 / 2, .01 + .99 * 2 / 3,
                         .01 + .99 * 5 / 6, .5, .5, .25},
              9);
  config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_constant),   cmocka_unit_test(test_step),
      cmocka_unit_test(test_multi_step), cmocka_unit_test(test_cosine),
      cmocka_unit_test(test_one_cycle),  cmocka_unit_test(test_one_cycle_of_a_short_run),
      cmocka_unit_test(test_cut_short),  cmocka_unit_test(test_warm_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
