/* Whole training passes against the plain double-precision network of tests/reference. */
#include "nn/pass.h"

#include "fixture.h"
#include "kernels/isa.h"
#include "network_reference.h"
#include "support/norm_specs.h"
#include "twin_pair.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static NormSpecs specs;
static const int BATCHES[] = {1, 7, 16, 37};
enum { N_BATCHES = sizeof BATCHES / sizeof *BATCHES };

/* An error may be this many times what rounding errors of random sign cost the twin, which know
 * nothing of the order of the sums; or this share of the largest gradient. Rounding is usually a
 * few 1e-7, but a row of three pixels that are nearly alike is stretched by up to 1 / sqrt(epsilon)
 * = 316. */
static const double ROUNDING_FACTOR = 6, TOLERANCE = 2e-6;
/* From where a ReLU or a maximum would change branch by rounding errors. */
static const double FAR = 2e-6;

static void train(Pair *p, int n_threads, StepResult *result) {
  pass_free(p->pass);
  p->pass = NULL;
  expect_ok(pass_make(&p->pass, &p->network, p->n, n_threads));
  pass_set_renorm(p->pass, (RenormLimits){p->twin->r_max, p->twin->d_max});
  pass_train(p->pass, &p->images.set, p->images.table, p->index, p->n, 0, 0, 0, result);
  assert_true(!result->out_of_range && !result->stop && result->n_samples == p->n);
}

static void keep_largest(double *largest, double value) {
  if (!(value <= *largest)) *largest = value;
}

typedef struct Errors {
  double loss, gradient, tensor, rounding, running;
} Errors;

/* Error over the largest gradient of the network; of each tensor over that of the tensor, which
 * counts as at least a hundredth of the network's (a bias before a batch norm has no gradient at
 * all); and how much it is in a twin with rounding errors. */
static void gradient_errors(Errors *errors, Pair *p, const uint8_t *label) {
  size_t n = p->twin->n_parameters;
  double *rounded = new_zeroed(n, sizeof *rounded), top = 0;
  p->twin->is_single = 1;
  reset_running(p);
  twin_forward(p, 1);
  network_reference_backward(p->twin, rounded, p->parameters, label);
  p->twin->is_single = 0;
  reset_running(p);
  twin_forward(p, 1);
  network_reference_backward(p->twin, p->gradient, p->parameters, label);
  for (size_t i = 0; i < n; i++) keep_largest(&top, fabs(p->gradient[i]));
  assert_true(top > 1e-3);
  for (int t = 0; t < p->network.n_tensors; t++) {
    const Tensor *tensor = &p->network.tensors[t];
    double scale = top / 100, error = 0;
    for (size_t i = tensor->offset; i < tensor->offset + tensor->n; i++) {
      keep_largest(&scale, fabs(p->gradient[i]));
      keep_largest(&error, fabs(exact_gradient_value(pass_gradient(p->pass)[i]) - p->gradient[i]));
      keep_largest(&errors->rounding, fabs(rounded[i] - p->gradient[i]) / top);
    }
    keep_largest(&errors->gradient, error / top);
    keep_largest(&errors->tensor, error / scale);
  }
  free(rounded);
}

static double running_error(const Pair *p) {
  double worst = 0;
  size_t at = 0;
  for (int i = 0; i < p->network.n_running; i++) {
    const Running *running = &p->network.running[i];
    for (int c = 0; c < running->n_groups; c++, at++) {
      double variance = p->running_variance[at];
      keep_largest(&worst, fabs((double)running->variance[c] - variance) / variance);
      keep_largest(&worst, fabs((double)running->mean[c] - p->running_mean[at]) / sqrt(variance));
    }
    assert_int_equal(running->n_batches, 1);
  }
  assert_int_equal(at, p->twin->n_running);
  return worst;
}

static int twin_correct(const Pair *p) {
  int n_classes, n_correct = 0;
  const double *z = network_reference_logits(p->twin, &n_classes);
  for (int i = 0; i < p->n; i++, z += n_classes) {
    int best = 0;
    for (int k = 1; k < n_classes; k++)
      if (z[k] > z[best]) best = k;
    n_correct += best == p->images.labels[p->index[i]];
  }
  return n_correct;
}

/* One training pass of both. */
static void compare(Errors *largest, const char *text, const char *norm, int n,
                    const char *backend) {
  Pair p;
  StepResult result;
  uint8_t label[64];
  pair_make(&p, text, norm, n, backend, FAR);
  twin_labels(&p, label);
  double loss = twin_forward(&p, 1);
  train(&p, 2, &result);
  Errors e = {.loss = fabs(exact_value(result.loss) - loss) / loss};
  gradient_errors(&e, &p, label);
  e.running = running_error(&p);
  double tolerance = fmax(TOLERANCE, ROUNDING_FACTOR * e.rounding);
  int good =
      e.loss <= 2e-6 && e.gradient <= tolerance && e.tensor <= 20 * tolerance && e.running <= 2e-6;
  if (!good)
    print_error("%s, %s, batch %d: error of loss %.1e, gradient %.1e (of a tensor %.1e; rounding "
                "%.1e), running %.1e\n",
                norm, backend, n, e.loss, e.gradient, e.tensor, e.rounding, e.running);
  assert_true(good);
  assert_int_equal(result.correct, twin_correct(&p));
  keep_largest(&largest->loss, e.loss);
  keep_largest(&largest->gradient, e.gradient);
  keep_largest(&largest->tensor, e.tensor);
  keep_largest(&largest->rounding, e.rounding);
  keep_largest(&largest->running, e.running);
  pair_free(&p);
}

/* Norms are the same code behind all convolutions: beside the direct, two batches each do. */
static void compare_all(const char *text, const char *backend) {
  const int n_steps = strcmp(backend, "direct") == 0 ? 1 : 2;
  for (int s = 0; s < specs.n; s++) {
    Errors largest = {0};
    for (int b = s % n_steps; b < N_BATCHES; b += n_steps)
      compare(&largest, text, specs.text[s], BATCHES[b], backend);
    print_message("%-9s %s: error of loss %.1e, gradient %.1e (of a tensor %.1e; rounding %.1e), "
                  "running %.1e\n",
                  specs.text[s], backend, largest.loss, largest.gradient, largest.tensor,
                  largest.rounding, largest.running);
  }
}

static void test_norm_before_relu_direct(void **state) {
  (void)state;
  compare_all(NETWORK_ALL_LAYERS, "direct");
}

static void test_norm_before_relu_others(void **state) {
  (void)state;
  compare_all(NETWORK_ALL_LAYERS, "gemm");
  compare_all(NETWORK_ALL_LAYERS, "winograd");
}

static void test_relu_before_norm_direct(void **state) {
  (void)state;
  compare_all(NETWORK_ALL_LAYERS_RELU_NORM, "direct");
}

static void test_relu_before_norm_gemm(void **state) {
  (void)state;
  compare_all(NETWORK_ALL_LAYERS_RELU_NORM, "gemm");
}

/* Groups that begin or end within a block: at its last lane, at its second, with it. */
static void compare_groups(const char *text, const char *backend) {
  static const char *const groups[] = {"batch:15", "batch:16", "batch:17", "batch:31"};
  static const int batches[] = {31, 45, 47, 62};
  Errors largest = {0};
  const int n_steps = strcmp(backend, "direct") == 0 ? 1 : 2;
  for (int s = 0; s < 4; s++)
    for (int b = s % n_steps; b < 4; b += n_steps)
      compare(&largest, text, groups[s], batches[b], backend);
  print_message("batch:15 to batch:31 %s: gradient %.1e (of a tensor %.1e; rounding %.1e), running "
                "%.1e\n",
                backend, largest.gradient, largest.tensor, largest.rounding, largest.running);
}

static void test_groups_within_blocks(void **state) {
  (void)state;
  compare_groups(NETWORK_ALL_LAYERS, "direct");
  compare_groups(NETWORK_ALL_LAYERS_RELU_NORM, "direct");
  compare_groups(NETWORK_ALL_LAYERS, "gemm");
}

/* Every other norm has two blocks of samples, from `first` on; the rest have less than one. */
static void compare_large(const char *text, const char *backend, int first) {
  for (int s = 0; s < specs.n; s++) {
    Errors largest = {0};
    compare(&largest, text, specs.text[s], s % 2 == first ? 18 : 3, backend);
    print_message("%-9s %s: gradient %.1e (of a tensor %.1e; rounding %.1e)\n", specs.text[s],
                  backend, largest.gradient, largest.tensor, largest.rounding);
  }
}

/* All divisions of an activation, in one kind of network or the other. */
static void test_axes(void **state) {
  (void)state;
  const NormSpecs axes = norm_specs_of_axes();
  Errors largest = {0};
  for (int s = 0; s < axes.n; s++)
    compare(&largest, s % 4 < 2 ? NETWORK_ALL_LAYERS : NETWORK_ALL_LAYERS_RELU_NORM, axes.text[s],
            s % 2 ? 37 : 16, "direct");
  for (int s = 0; s < axes.n; s++)
    compare(&largest, s % 2 ? NETWORK_LARGE : NETWORK_LARGE_RELU_NORM, axes.text[s], 7, "auto");
  print_message("over(AXES): gradient %.1e (of a tensor %.1e; rounding %.1e), running %.1e\n",
                largest.gradient, largest.tensor, largest.rounding, largest.running);
}

static void test_large_activations(void **state) {
  (void)state;
  compare_large(NETWORK_LARGE, "direct", 0);
  compare_large(NETWORK_LARGE_RELU_NORM, "direct", 1);
  compare_large(NETWORK_LARGE_STRIDED, "direct", 0);
  compare_large(NETWORK_LARGE, "gemm", 0);
  compare_large(NETWORK_LARGE, "auto", 1);
}

/* The configuration with standardized weights. Owned by the caller. */
static char *standardized(const char *text) {
  static const char first[] = "network:\n", key[] = "  weights: standardized\n";
  assert_int_equal(strncmp(text, first, sizeof first - 1), 0);
  char *changed = new_zeroed(strlen(text) + sizeof key, 1);
  sprintf(changed, "%s%s%s", first, key, text + sizeof first - 1);
  return changed;
}

/* Limits that some channels reach and others do not. */
static void test_corrected_norms(void **state) {
  (void)state;
  static const char *const norms[] = {"renorm", "renorm:5", "renorm:16"};
  Errors largest = {0};
  twin_limits = (RenormLimits){2, 0.3};
  twin_running_differs = 1;
  for (int i = 0; i < 3; i++)
    for (int b = 1; b < N_BATCHES; b++) {
      compare(&largest, NETWORK_ALL_LAYERS, norms[i], BATCHES[b], "direct");
      compare(&largest, NETWORK_ALL_LAYERS_RELU_NORM, norms[i], BATCHES[b], "auto");
    }
  for (int i = 0; i < 2; i++) compare(&largest, NETWORK_LARGE, norms[i], 19, "auto");
  twin_limits = (RenormLimits){1, 0};
  twin_running_differs = 0;
  print_message("corrected: gradient %.1e (of a tensor %.1e; rounding %.1e)\n", largest.gradient,
                largest.tensor, largest.rounding);
}

/* The large network takes the batch norm's statistics from moments of the images. */
static void test_standardized_weights(void **state) {
  (void)state;
  static const char *const norms[] = {"batch", "batch:5", "group:2", "none"};
  static const char *const backends[] = {"direct", "winograd", "gemm"};
  char *all = standardized(NETWORK_ALL_LAYERS), *large = standardized(NETWORK_LARGE);
  Errors largest = {0};
  for (int b = 0; b < 3; b++)
    for (int i = 0; i < 4; i++) compare(&largest, all, norms[i], 19, backends[b]);
  for (int i = 0; i < 3; i++) compare(&largest, large, norms[i], 19, "auto");
  print_message("standardized: gradient %.1e (of a tensor %.1e; rounding %.1e)\n", largest.gradient,
                largest.tensor, largest.rounding);
  free(all), free(large);
}

/* A pool after the norm; the first norm's input made again. */
static void test_pooled(void **state) {
  (void)state;
  compare_large(NETWORK_AGAIN, "direct", 0);
  compare_large(NETWORK_AGAIN, "gemm", 1);
  compare_large(NETWORK_LARGE_POOLED, "direct", 1);
  compare_large(NETWORK_LARGE_SECOND_POOLED, "direct", 0);
}

/* The twin's derivatives are those of its own loss. */
static void test_twin_agrees_with_differences(void **state) {
  (void)state;
  double worst = 0;
  char *changed = standardized(NETWORK_ALL_LAYERS); /* of the last pair */
  const char *const texts[] = {NETWORK_ALL_LAYERS_RELU_NORM, NETWORK_ALL_LAYERS};
  for (int s = 0; s <= specs.n; s++) {
    Pair p;
    uint8_t label[64];
    const char *norm = s < specs.n ? specs.text[s] : "group:2";
    pair_make(&p, s < specs.n ? texts[s % 2] : changed, norm, 7, "direct", FAR);
    twin_labels(&p, label);
    twin_forward(&p, 1);
    network_reference_backward(p.twin, p.gradient, p.parameters, label);
    double top = 0;
    for (size_t i = 0; i < p.twin->n_parameters; i++) keep_largest(&top, fabs(p.gradient[i]));
    for (size_t k = 0; k < 20; k++) {
      const double step = 1e-8; /* moves no ReLU over its edge, as they are FAR away */
      size_t at = k * 7919 % p.twin->n_parameters;
      double middle = p.parameters[at], change = 0;
      for (int sign = -1; sign <= 1; sign += 2) {
        p.parameters[at] = middle + sign * step;
        change += sign * twin_forward(&p, 1) / (2 * step);
      }
      p.parameters[at] = middle;
      double error = fabs(change - p.gradient[at]) / top;
      if (!(error <= 1e-6)) print_error("%s, parameter %zu: %g\n", norm, at, error);
      assert_true(error <= 1e-6);
      keep_largest(&worst, error);
    }
    pair_free(&p);
  }
  free(changed);
  print_message("largest difference %.1e of the largest gradient\n", worst);
}

static void test_threads_give_the_same_bits(void **state) {
  (void)state;
  for (int s = 0; s < specs.n; s++)
    for (int b = 0; b < N_BATCHES; b++) {
      Pair first, p;
      StepResult result, expected;
      pair_make(&first, NETWORK_ALL_LAYERS, specs.text[s], BATCHES[b], "direct", 0);
      train(&first, 1, &expected);
      for (int n_threads = 2; n_threads <= 3; n_threads++) {
        pair_make(&p, NETWORK_ALL_LAYERS, specs.text[s], BATCHES[b], "direct", 0);
        train(&p, n_threads, &result);
        assert_memory_equal(pass_gradient(p.pass), pass_gradient(first.pass),
                            p.network.n_parameters * sizeof(int64_t));
        assert_true(result.loss == expected.loss && result.correct == expected.correct);
        for (int i = 0; i < p.network.n_running; i++) {
          const Running *a = &p.network.running[i], *e = &first.network.running[i];
          size_t bytes = (size_t)a->n_groups * sizeof(float);
          assert_memory_equal(a->mean, e->mean, bytes);
          assert_memory_equal(a->variance, e->variance, bytes);
        }
        pair_free(&p);
      }
      pair_free(&first);
    }
}

/* pass_evaluate of the images of the batch, in their order in the set. */
static void check_evaluation(const char *norm, int n, int n_threads) {
  Pair p;
  StepResult step;
  pair_make(&p, NETWORK_ALL_LAYERS, norm, n, "direct", 0);
  for (int i = 0; i < n; i++) p.index[i] = (uint32_t)i;
  p.images.set.n = n;
  twin_inputs(&p);
  train(&p, n_threads, &step);
  size_t at = 0;
  for (int i = 0; i < p.network.n_running; i++)
    for (int c = 0; c < p.network.running[i].n_groups; c++, at++) {
      p.running_mean[at] = (double)p.network.running[i].mean[c];
      p.running_variance[at] = (double)p.network.running[i].variance[c];
    }
  double loss = twin_forward(&p, 0);
  EvaluationResult e = {.prediction = new_zeroed((size_t)n, sizeof(int32_t)),
                        .probability = new_zeroed((size_t)n * N_CLASSES, sizeof(float)),
                        .sample_loss = new_zeroed((size_t)n, sizeof(double))};
  expect_ok(pass_evaluate(p.pass, &p.images.set, p.images.table, STATISTICS_RUNNING, &e));
  assert_int_equal(e.out_of_range, 0);
  assert_int_equal(e.correct, twin_correct(&p));
  assert_true(fabs(exact_value(e.loss) - loss) <= 2e-6 * loss);
  int n_classes;
  const double *z = network_reference_logits(p.twin, &n_classes);
  for (int i = 0; i < n; i++)
    for (int k = 0; k < N_CLASSES; k++) {
      double sum = 0;
      for (int j = 0; j < N_CLASSES; j++) sum += exp(z[i * N_CLASSES + j] - z[i * N_CLASSES + k]);
      assert_true(fabs((double)e.probability[i * N_CLASSES + k] - 1 / sum) <= 2e-6);
      if (k == p.images.labels[i]) assert_true(fabs(e.sample_loss[i] - log(sum)) <= 1e-5);
      assert_true(e.probability[i * N_CLASSES + k] <=
                  e.probability[i * N_CLASSES + e.prediction[i]]);
    }
  free(e.prediction), free(e.probability), free(e.sample_loss), pair_free(&p);
}

static void test_evaluation_agrees_with_twin(void **state) {
  (void)state;
  for (int s = 0; s < specs.n; s++)
    for (int b = 0; b < N_BATCHES; b++) check_evaluation(specs.text[s], BATCHES[b], 1 + b % 3);
}

int main(int argc, char **argv) {
  specs = norm_specs(5, (const char *[]){"group:c/4", "rms-group:2", "rms-batch", NULL});
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_twin_agrees_with_differences),
      cmocka_unit_test(test_norm_before_relu_direct),
      cmocka_unit_test(test_norm_before_relu_others),
      cmocka_unit_test(test_relu_before_norm_direct),
      cmocka_unit_test(test_relu_before_norm_gemm),
      cmocka_unit_test(test_groups_within_blocks),
      cmocka_unit_test(test_axes),
      cmocka_unit_test(test_large_activations),
      cmocka_unit_test(test_standardized_weights),
      cmocka_unit_test(test_corrected_norms),
      cmocka_unit_test(test_pooled),
      cmocka_unit_test(test_threads_give_the_same_bits),
      cmocka_unit_test(test_evaluation_agrees_with_twin),
  };
  Status status = ranks_start(&argc, &argv);
  if (status.code == STATUS_OK) status = isa_select();
  int n_failed = status.code == STATUS_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
  ranks_end();
  return n_failed;
}
