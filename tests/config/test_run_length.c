/* How many steps and epochs a run has. */
#include "config/run_length.h"

#include "fixture.h"

#include <string.h>

#define LAYERS "network: {layers: [{type: global-avg-pool}]}\n"

/* training.epochs, steps and batch over so many images; what is expected; the steps of the first
 * and of the last epoch. */
typedef struct Row {
  int epochs, steps, batch, images;
  int n_steps, n_epochs, per_epoch, n_samples, first, last;
} Row;

static void lengths(void **state) {
  (void)state;
  static const Row ROWS[] = {
      {2, 0, 10, 100, 20, 2, 10, 200, 10, 10}, /* whole epochs */
      {2, 0, 10, 95, 20, 2, 10, 190, 10, 10},  /* a smaller last batch */
      {2, 7, 10, 95, 7, 1, 10, 70, 7, 7},      /* less than an epoch */
      {2, 13, 10, 95, 13, 2, 10, 125, 10, 3},  /* one and a part */
      {2, 10, 10, 95, 10, 1, 10, 95, 10, 10},  /* the end of an epoch */
      {2, 20, 10, 95, 20, 2, 10, 190, 10, 10}, /* as many as there are */
      {2, 21, 10, 95, 20, 2, 10, 190, 10, 10}, /* more than there are */
      {3, 1, 10, 95, 1, 1, 10, 10, 1, 1},      /* a single step */
      {3, 2, 128, 5, 2, 2, 1, 10, 1, 1},       /* batches larger than the set */
      {0, 0, 10, 95, 0, 0, 10, 0, 0, 0},       /* no training */
      {100000, 0, 1, 2147483647, 0, 100000, 2147483647, 0, 2147483647, 2147483647},
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    const Row *r = &ROWS[i];
    const RunLength length = run_length_of(r->epochs, r->steps, r->batch, r->images);
    if (r->n_steps || !r->epochs) assert_int_equal(length.n_steps, r->n_steps);
    if (r->n_steps || !r->epochs) assert_int_equal(length.n_samples, r->n_samples);
    assert_int_equal(length.n_epochs, r->n_epochs);
    assert_int_equal(length.per_epoch, r->per_epoch);
    assert_int_equal(run_length_steps(&length, 0), r->first);
    if (r->n_epochs) assert_int_equal(run_length_steps(&length, r->n_epochs - 1), r->last);
    assert_int_equal(run_length_steps(&length, r->n_epochs), 0);
  }
}

/* The steps of the epochs are together those of the run, and so are the samples. */
static void sums(void **state) {
  (void)state;
  for (int images = 1; images < 30; images++)
    for (int steps = 0; steps <= 3 * images; steps++) {
      const RunLength length = run_length_of(3, steps, 4, images);
      int64_t n = 0, samples = 0;
      for (int64_t epoch = 0; epoch < length.n_epochs; epoch++) {
        const int64_t of_epoch = run_length_steps(&length, epoch), most = of_epoch * 4;
        assert_true(of_epoch > 0 && of_epoch <= length.per_epoch);
        n += of_epoch;
        samples += most < images ? most : images;
      }
      assert_int_equal(n, length.n_steps);
      assert_int_equal(samples, length.n_samples);
    }
}

static void images_that_are_not_known(void **state) {
  (void)state;
  const RunLength length = run_length_of(15, 100, 128, 0);
  assert_true(length.n_epochs == 15 && length.n_steps == 0 && length.n_samples == 0);
}

static void more_steps_than_epochs_have(void **state) {
  (void)state;
  Config *config = parse(LAYERS "training: {epochs: 2, steps: 20, batch: 10}\n");
  assert_int_equal(run_length_check(config, 95).code, STATUS_OK);
  Status status = run_length_check(config, 90);
  assert_int_equal(status.code, STATUS_USAGE);
  assert_non_null(strstr(status.text, "training.steps: 20, but training.epochs: 2"));
  assert_non_null(strstr(status.text, "are 18 steps"));
  config_free(config);
  config = parse(LAYERS "training: {epochs: 0}\n");
  assert_int_equal(run_length_check(config, 95).code, STATUS_OK);
  config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lengths),
      cmocka_unit_test(sums),
      cmocka_unit_test(images_that_are_not_known),
      cmocka_unit_test(more_steps_than_epochs_have),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
