/* How a rank's samples are cut into blocks and dealt out to its threads. */
#include "../../src/nn/run/batch.h"
#include "fixture.h"

enum { MOST_SAMPLES = 300, MOST_THREADS = 17 };

/* Of blocks in their order: each has some samples, no more than lanes, and all of them have all. */
static void check_blocks(const Batch *batch) {
  int n = 0;
  for (int block = 0; block < batch->n_blocks; block++) {
    const int begin = batch_block_begin(batch, block), lanes = batch_lanes(batch, block);
    const int end =
        block + 1 < batch->n_blocks ? batch_block_begin(batch, block + 1) : batch->count;
    assert_int_equal(begin, n);
    assert_true(end > begin && end - begin <= lanes);
    assert_int_equal(lanes, block < batch->n_wide ? LANES : NARROW_LANES);
    if (batch->unit > 1) assert_int_equal(lanes, LANES);
    n = end;
  }
  assert_int_equal(n, batch->count);
}

/* Each block belongs to the threads of one crew, or to one thread alone, and all threads have the
 * same number of full blocks alone. */
static void check_parts(const Batch *batch, int n_threads) {
  int n_of[2 * MOST_SAMPLES] = {0}, wanted[2 * MOST_SAMPLES] = {0};
  for (int t = 0; t < n_threads; t++) {
    const BatchPart part = batch_part(batch, t, n_threads);
    assert_int_equal(part.end - part.begin, batch->n_alone);
    for (int block = part.begin; block < part.end; block++) n_of[block]++, wanted[block] = 1;
    if (part.crew_block < 0) continue;
    assert_true(t >= part.first_thread && t < part.first_thread + part.n_threads);
    assert_true(part.n_threads == 1 || batch->deal != DEAL_ALONE);
    n_of[part.crew_block]++;
    wanted[part.crew_block] = part.n_threads;
  }
  for (int block = 0; block < batch->n_blocks; block++) {
    assert_true(n_of[block] > 0);
    assert_int_equal(n_of[block], wanted[block]);
  }
}

static void all_samples_once(void **state) {
  (void)state;
  for (int unit = 1; unit <= LANES; unit += LANES - 1)
    for (int n_threads = 1; n_threads <= MOST_THREADS; n_threads++) {
      int most = 0;
      for (int n = 0; n <= MOST_SAMPLES; n++) {
        for (Deal deal = 0; deal < N_DEALS; deal++) {
          Batch batch = {.count = n, .unit = unit};
          batch_cut(&batch, n_threads, deal);
          assert_int_equal(batch.n_samples, n);
          check_blocks(&batch);
          check_parts(&batch, n_threads);
          if (batch.n_blocks > most) most = batch.n_blocks;
        }
        assert_int_equal(batch_most_blocks(n, unit, 1, n_threads), most);
      }
    }
}

static void check_cut(int n, int n_threads, Deal deal, int n_wide, int n_blocks) {
  Batch batch = {.count = n, .unit = 1};
  batch_cut(&batch, n_threads, deal);
  assert_int_equal(batch.n_wide, n_wide);
  assert_int_equal(batch.n_blocks, n_blocks);
}

/* No more lanes than are needed. */
static void cuts(void **state) {
  (void)state;
  check_cut(100, 2, DEAL_SHARED, 6, 7);
  check_cut(104, 2, DEAL_ALONE, 6, 7);
  check_cut(105, 2, DEAL_ALONE, 7, 7);
  check_cut(16, 2, DEAL_SHARED, 1, 1);
  check_cut(16, 2, DEAL_NARROW_SHARED, 0, 2);
  check_cut(112, 2, DEAL_NARROW_SHARED, 6, 8);
  check_cut(113, 2, DEAL_NARROW_SHARED, 7, 8);
  check_cut(128, 16, DEAL_NARROW_SHARED, 0, 16);
}

static void rounds(void **state) {
  (void)state;
  for (int n_threads = 1; n_threads <= MOST_THREADS; n_threads++)
    for (int n = 1; n <= MOST_SAMPLES; n++) {
      const double time = batch_rounds(n, n_threads), alone = batch_rounds(n, 1);
      assert_true(time * n_threads * LANES >= n && time <= alone);
      assert_float_equal(batch_rounds(n + 3 * LANES * n_threads, n_threads), 3 + time, 1e-12);
    }
  assert_float_equal(batch_rounds(100, 1), 6.77, 1e-12);
  assert_float_equal(batch_rounds(16, 2), 0.65, 1e-12);
  assert_float_equal(batch_rounds(24, 2), 1, 1e-12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_samples_once),
      cmocka_unit_test(cuts),
      cmocka_unit_test(rounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
