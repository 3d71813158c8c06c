/* What a mark feeds: seconds by phase, the sign of a watchdog, a profile's rows and spans. */
#include "nn/pass.h"
#include "nn/profile.h"

#include "fixture.h"

#include <string.h>
#include <time.h>

typedef struct Case {
  Config *config;
  Network network;
  Pass *pass;
  Images images;
  uint32_t index[40];
  PassSign sign;
} Case;

static void make(Case *c, const char *text, const char *norm, int n_threads) {
  *c = (Case){.config = config_make(text, norm, NULL)};
  expect_ok(network_build(&c->network, c->config, 2, 13, 12));
  expect_ok(pass_make(&c->pass, &c->network, 40, n_threads));
  images_make(&c->images, 40, 2, 13, 12, c->network.n_classes, 5);
  for (uint32_t i = 0; i < 40; i++) c->index[i] = i;
}

static void free_case(Case *c) {
  pass_free(c->pass);
  network_free(&c->network);
  config_free(c->config);
  images_free(&c->images);
}

static void train(Case *c) {
  StepResult result;
  pass_train(c->pass, &c->images.set, c->images.table, c->index, 40, 3, 0, 0, &result);
}

static void pause_for(double seconds) {
  struct timespec time = {0, (long)(1e9 * seconds)};
  nanosleep(&time, NULL);
}

static void marks_feed_seconds_and_sign(void **state) {
  (void)state;
  Case c;
  make(&c, NETWORK_ALL_LAYERS, "batch", 2);
  pass_set_sign(c.pass, &c.sign);
  double *seconds = pass_seconds(c.pass);
  pass_mark(c.pass, ACTIVITY_UPDATE);
  uint64_t first = c.sign;
  assert_int_equal(pass_sign_phase(first), PHASE_UPDATE);
  assert_int_equal(pass_sign_layer(first), -1);
  pause_for(0.02);
  pass_mark(c.pass, ACTIVITY_OTHER);
  assert_int_not_equal(c.sign, first);
  assert_true(seconds[PHASE_UPDATE] >= 0.02);
  double update = seconds[PHASE_UPDATE];
  pause_for(0.01);
  pass_mark(c.pass, ACTIVITY_WRITE);
  assert_true(seconds[PHASE_UPDATE] == update); /* what follows OTHER is nobody's */
  assert_true(seconds[PHASE_WRITE] == 0);
  free_case(&c);
}

/* All of a pass is in some phase. */
static void a_pass_leaves_no_gap(void **state) {
  (void)state;
  Case c;
  make(&c, NETWORK_ALL_LAYERS, "batch", 2);
  double start = pass_clock();
  train(&c);
  double total = pass_clock() - start, sum = 0;
  const Phase used[] = {PHASE_LOAD, PHASE_FORWARD, PHASE_BACKWARD, PHASE_EXCHANGE, PHASE_REDUCE};
  for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
    assert_true(pass_seconds(c.pass)[used[i]] > 0);
    sum += pass_seconds(c.pass)[used[i]];
  }
  assert_true(sum <= total);
  /* Between the call and the first mark, threads are started: it may take long on a busy machine.
   */
  assert_true(sum > 0);
  free_case(&c);
}

static int has_row(const Pass *pass, const char *name) {
  int n = 0;
  for (int i = 0; i < profile_rows(pass); i++) n += strcmp(profile_row(pass, i).name, name) == 0;
  return n;
}

static void rows_name_what_is_done_together(void **state) {
  (void)state;
  Case c;
  make(&c, NETWORK_LARGE, "batch", 1);
  assert_int_equal(has_row(c.pass, "conv 3x3 + norm, ReLU + conv 1x1"), 1);
  assert_int_equal(has_row(c.pass, "norm, ReLU + conv 1x1"), 1);
  free_case(&c);
  make(&c, NETWORK_LARGE, "group:c/4", 1);
  assert_int_equal(has_row(c.pass, "conv 3x3 + sums of the norm"), 1);
  assert_int_equal(has_row(c.pass, "norm, ReLU + conv 1x1 + dW before"), 1);
  free_case(&c);
  make(&c, NETWORK_ALL_LAYERS, "none", 1);
  assert_int_equal(has_row(c.pass, "add"), 2);
  assert_int_equal(has_row(c.pass, "max pool 2"), 1);
  assert_int_equal(has_row(c.pass, "average pool 2"), 2); /* one of them over the whole map */
  free_case(&c);
}

/* Spans of a thread follow one another, and thread 0's add up to the seconds by row. */
static void spans_are_without_gaps(void **state) {
  (void)state;
  Case c;
  make(&c, NETWORK_ALL_LAYERS, "batch:8", 2);
  expect_ok(profile_make(c.pass, 1));
  profile_switch(c.pass, 1);
  train(&c);
  profile_switch(c.pass, 0);
  for (int t = 0; t < 2; t++) {
    size_t n;
    const Span *span = profile_spans(c.pass, t, &n);
    assert_true(n > 20 && n <= profile_capacity(c.pass));
    for (size_t i = 0; i < n; i++) {
      assert_true(span[i].end >= span[i].begin);
      assert_int_equal(span[i].step, 3);
      assert_true(span[i].row >= NO_ROW && span[i].row < profile_rows(c.pass));
      if (i > 0) assert_true(span[i].begin == span[i - 1].end);
    }
  }
  size_t n, n_seconds;
  const Span *span = profile_spans(c.pass, 0, &n);
  const double *seconds = profile_seconds(c.pass, &n_seconds);
  double from_spans = span[n - 1].end - span[0].begin, from_rows = 0;
  for (size_t i = 0; i < n_seconds; i++) from_rows += seconds[i];
  assert_true(from_rows > 0.999999 * from_spans && from_rows < 1.000001 * from_spans);
  free_case(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(marks_feed_seconds_and_sign),
      cmocka_unit_test(a_pass_leaves_no_gap),
      cmocka_unit_test(rows_name_what_is_done_together),
      cmocka_unit_test(spans_are_without_gaps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
