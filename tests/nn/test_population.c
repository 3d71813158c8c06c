/* Evaluation with the statistics of the population and of batches, against the double-precision
 * network: whose statistics of a training batch are those of all its samples. */
#include "kernels/isa.h"
#include "twin_pair.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Evaluation {
  EvaluationResult result;
  int n;
} Evaluation;

static void evaluation_make(Evaluation *e, int n) {
  *e = (Evaluation){.n = n};
  e->result = (EvaluationResult){.prediction = new_zeroed((size_t)n, sizeof(int32_t)),
                                 .probability = new_zeroed((size_t)n * N_CLASSES, sizeof(float)),
                                 .sample_loss = new_zeroed((size_t)n, sizeof(double))};
}

static void evaluation_free(Evaluation *e) {
  free(e->result.prediction);
  free(e->result.probability);
  free(e->result.sample_loss);
}

static void evaluate(Evaluation *e, Pair *p, Statistics statistics) {
  evaluation_make(e, p->n);
  expect_ok(pass_evaluate(p->pass, &p->images.set, p->images.table, statistics, &e->result));
  assert_int_equal(e->result.out_of_range, 0);
}

/* A pair whose batch is its set, in order; the pass is for batches of `batch` samples. */
static void make(Pair *p, const char *text, const char *norm, int n, int batch, int n_threads) {
  pair_make(p, text, norm, n, "direct", 0);
  for (int i = 0; i < n; i++) p->index[i] = (uint32_t)i;
  p->images.set.n = n;
  twin_inputs(p);
  expect_ok(pass_make(&p->pass, &p->network, batch, n_threads));
}

static void expect_twin(const Evaluation *e, const Pair *p, double loss) {
  int n_classes;
  const double *z = network_reference_logits(p->twin, &n_classes);
  assert_true(fabs(exact_value(e->result.loss) - loss) <= 5e-6 * loss);
  for (int i = 0; i < p->n; i++)
    for (int k = 0; k < N_CLASSES; k++) {
      double sum = 0;
      for (int j = 0; j < N_CLASSES; j++) sum += exp(z[i * N_CLASSES + j] - z[i * N_CLASSES + k]);
      assert_true(fabs((double)e->result.probability[i * N_CLASSES + k] - 1 / sum) <= 1e-5);
      if (k == p->images.labels[i]) assert_true(fabs(e->result.sample_loss[i] - log(sum)) <= 2e-5);
    }
}

static void expect_same(const Evaluation *a, const Evaluation *b) {
  assert_true(a->result.loss == b->result.loss);
  assert_int_equal(a->result.correct, b->result.correct);
  assert_memory_equal(a->result.probability, b->result.probability,
                      (size_t)a->n * N_CLASSES * sizeof(float));
}

/* The population of a norm over N samples is that of a norm over the whole batch. */
static void check_population(const char *text, const char *norm, int n, int n_threads) {
  Pair p, whole;
  Evaluation e;
  make(&p, text, norm, n, n < 6 ? n : 6, n_threads);
  make(&whole, text, "batch", n, n, 1);
  const double loss = twin_forward(&whole, 1);
  assert_int_equal(pass_population(p.pass, &p.images.set, p.images.table), 0);
  assert_int_equal(p.network.has_population, 1);
  evaluate(&e, &p, STATISTICS_POPULATION);
  expect_twin(&e, &whole, loss);
  evaluation_free(&e);
  for (int r = 0; r < p.network.n_running; r++)
    for (int c = 0; c < p.network.running[r].n_groups; c++)
      assert_true(p.network.running[r].mean[c] == 0 && p.network.running[r].variance[c] == 1);
  pair_free(&whole);
  pair_free(&p);
}

static const char *const NORMS[] = {"batch", "batch:2", "batch:3", "batch:7"};
static const int GROUPS[] = {1000, 2, 3, 7};
enum { N_NORMS = sizeof NORMS / sizeof *NORMS };
static const int SIZES[] = {1, 5, 16, 23, 40};
enum { N_SIZES = sizeof SIZES / sizeof *SIZES };

static void test_population_agrees_with_twin(void **state) {
  (void)state;
  for (int k = 0; k < N_NORMS; k++)
    for (int i = 0; i < N_SIZES; i++)
      check_population(NETWORK_ALL_LAYERS, NORMS[k], SIZES[i], 1 + (k + i) % 3);
  check_population(NETWORK_LARGE, "batch", 9, 2);
  check_population(NETWORK_LARGE, "batch:2", 9, 2);
}

/* One batch of the pass, and what is left of the set, which joins it. */
static void check_batch(const char *norm, int n, int batch, int n_threads) {
  Pair p;
  Evaluation e;
  make(&p, NETWORK_ALL_LAYERS, norm, n, batch, n_threads);
  const double loss = twin_forward(&p, 1);
  evaluate(&e, &p, STATISTICS_BATCH);
  expect_twin(&e, &p, loss);
  evaluation_free(&e);
  pair_free(&p);
}

static void test_batches_agree_with_twin(void **state) {
  (void)state;
  for (int k = 0; k < N_NORMS; k++)
    for (int i = 0; i < N_SIZES; i++) {
      check_batch(NORMS[k], SIZES[i], SIZES[i], 1 + (k + i) % 3);
      check_batch(NORMS[k], SIZES[i], SIZES[i] + 9, 1);
      if (SIZES[i] / 2 + 1 >= 2 * GROUPS[k] || SIZES[i] < 2 * GROUPS[k])
        check_batch(NORMS[k], SIZES[i], SIZES[i] / 2 + 1, 2);
    }
}

/* In training a batch of 10 is one group for batch:7, and so are 19 samples that are evaluated,
 * which batch:7 would have as two groups. */
static void test_one_group_stays_one(void **state) {
  (void)state;
  Pair p, whole;
  Evaluation e;
  make(&p, NETWORK_ALL_LAYERS, "batch:7", 19, 10, 2);
  make(&whole, NETWORK_ALL_LAYERS, "batch", 19, 19, 1);
  const double loss = twin_forward(&whole, 1);
  evaluate(&e, &p, STATISTICS_BATCH);
  expect_twin(&e, &whole, loss);
  evaluation_free(&e);
  pair_free(&whole);
  pair_free(&p);
}

/* A set is evaluated batch by batch: each gives what it gives alone. */
static void test_batches_are_cut_as_in_training(void **state) {
  (void)state;
  enum { N = 43, BATCH = 8 };
  for (int k = 0; k < N_NORMS; k++) {
    Pair p;
    Evaluation all;
    make(&p, NETWORK_ALL_LAYERS, NORMS[k], N, BATCH, 2);
    evaluate(&all, &p, STATISTICS_BATCH);
    const ImageSet set = p.images.set;
    ExactSum loss = 0;
    for (int first = 0; first < N;) {
      const int n = N - first < 2 * BATCH ? N - first : BATCH;
      ImageSet part = set;
      Evaluation e;
      part.n = n;
      part.pixels += (size_t)first * (size_t)(set.c * set.h * set.w);
      part.labels += first;
      evaluation_make(&e, n);
      expect_ok(pass_evaluate(p.pass, &part, p.images.table, STATISTICS_BATCH, &e.result));
      assert_memory_equal(e.result.probability, all.result.probability + first * N_CLASSES,
                          (size_t)n * N_CLASSES * sizeof(float));
      loss += e.result.loss;
      first += n;
      evaluation_free(&e);
    }
    assert_true(loss == all.result.loss);
    evaluation_free(&all);
    pair_free(&p);
  }
}

/* With other images than those that the statistics are of, and after another set was evaluated. */
static void test_population_is_kept(void **state) {
  (void)state;
  Pair p;
  Evaluation first, again;
  make(&p, NETWORK_ALL_LAYERS, "batch:2", 30, 10, 2);
  ImageSet train = p.images.set;
  train.n = 20;
  p.images.set.n = p.n = 11;
  assert_int_equal(pass_population(p.pass, &train, p.images.table), 0);
  evaluate(&first, &p, STATISTICS_POPULATION);
  size_t at = 0;
  for (int r = 0; r < p.network.n_running; r++)
    for (int c = 0; c < p.network.running[r].n_groups; c++, at++) {
      p.running_mean[at] = (double)p.network.running[r].population.mean[c];
      p.running_variance[at] = (double)p.network.running[r].population.variance[c];
    }
  p.n = 30;
  (void)twin_forward(&p, 0);
  p.n = 11;
  int n_classes;
  const double *z = network_reference_logits(p.twin, &n_classes);
  for (int i = 0; i < p.n; i++) {
    double sum = 0;
    for (int j = 0; j < N_CLASSES; j++)
      sum += exp(z[i * N_CLASSES + j] - z[i * N_CLASSES + p.images.labels[i]]);
    assert_true(fabs(first.result.sample_loss[i] - log(sum)) <= 2e-5);
  }
  Evaluation other;
  evaluate(&other, &p, STATISTICS_BATCH);
  evaluation_free(&other);
  evaluate(&other, &p, STATISTICS_RUNNING);
  evaluation_free(&other);
  evaluate(&again, &p, STATISTICS_POPULATION);
  expect_same(&first, &again);
  evaluation_free(&first);
  evaluation_free(&again);
  pair_free(&p);
}

/* The weights change in a training pass, whose gradient an evaluation in between leaves as it is.
 */
static void test_training_goes_on(void **state) {
  (void)state;
  for (int with = 0; with < 2; with++) {
    static int64_t gradient[2000];
    Pair p;
    StepResult result;
    make(&p, NETWORK_ALL_LAYERS, "batch:3", 20, 10, 2);
    if (with) {
      Evaluation e;
      assert_int_equal(pass_population(p.pass, &p.images.set, p.images.table), 0);
      evaluate(&e, &p, STATISTICS_BATCH);
      evaluation_free(&e);
    }
    pass_train(p.pass, &p.images.set, p.images.table, p.index, 10, 0, 0, 0, &result);
    assert_int_equal(p.network.has_population, 0);
    const size_t n = p.network.n_parameters < 2000 ? p.network.n_parameters : 2000;
    if (with)
      assert_memory_equal(gradient, pass_gradient(p.pass), n * sizeof *gradient);
    else
      memcpy(gradient, pass_gradient(p.pass), n * sizeof *gradient);
    pair_free(&p);
  }
}

static const char BIAS_AND_NORM[] = "network:\n"
                                    "  layers:\n"
                                    "    - {type: conv, channels: 5, kernel: 1, bias: true}\n"
                                    "    - {type: norm}\n"
                                    "    - {type: global-avg-pool}\n"
                                    "    - {type: linear, channels: 5}\n";

/* Of channels that are the same everywhere, as the difference of two numbers nearly alike. */
static void test_no_variance_is_below_0(void **state) {
  (void)state;
  enum { N = 3, N_TRIES = 30 };
  Config *config = config_make(BIAS_AND_NORM, "batch affine:none", NULL);
  Network network;
  Images images;
  Pass *pass;
  expect_ok(network_build(&network, config, 2, 13, 12));
  images_make(&images, N, 2, 13, 12, N_CLASSES, 5);
  expect_ok(pass_make(&pass, &network, N, 2));
  for (int try = 1; try <= N_TRIES; try++) {
    for (int t = 0; t < network.n_tensors; t++) {
      const Tensor *tensor = &network.tensors[t];
      for (int i = 0; i < (int)tensor->n; i++)
        network.parameters[tensor->offset + (size_t)i] =
            tensor->is_weight ? 0 : 0.1F * (float)try + 0.37F * (float)i;
    }
    network_pack(&network);
    assert_int_equal(pass_population(pass, &images.set, images.table), 0);
    for (int c = 0; c < network.running[0].n_groups; c++)
      assert_true(network.running[0].population.variance[c] >= 0);
  }
  pass_free(pass);
  images_free(&images);
  network_free(&network);
  config_free(config);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_population_agrees_with_twin),
      cmocka_unit_test(test_batches_agree_with_twin),
      cmocka_unit_test(test_one_group_stays_one),
      cmocka_unit_test(test_batches_are_cut_as_in_training),
      cmocka_unit_test(test_population_is_kept),
      cmocka_unit_test(test_training_goes_on),
      cmocka_unit_test(test_no_variance_is_below_0),
  };
  Status status = ranks_start(&argc, &argv);
  if (status.code == STATUS_OK) status = isa_select();
  int n_failed = status.code == STATUS_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
  ranks_end();
  return n_failed;
}
