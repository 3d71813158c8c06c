/* How blocks are dealt out to threads, where crews meet, and when there are any. */
#include "../../src/nn/run/crew.h"
#include "fixture.h"
#include "nn/team.h"

#include <string.h>

static void crews_that_end_first(void **state) {
  (void)state;
  assert_int_equal(crew_count(0, 4), 1);
  assert_int_equal(crew_count(1, 2), 1);
  assert_int_equal(crew_count(2, 3), 2);
  assert_int_equal(crew_count(1, 5), 1); /* five threads on one block */
  assert_int_equal(crew_count(8, 16), 8);
  assert_int_equal(crew_count(7, 8), 7); /* a block each: eight on one block pay less */
  for (int n = 1; n <= 16; n++)
    for (int left = 1; left < n; left++) {
      const int crews = crew_count(left, n);
      assert_true(crews >= 1 && crews <= left);
      assert_true(crew_rounds(left, n) <= 1);
      assert_true(crew_rounds(left, n) * n >= left);
      assert_float_equal(crew_rounds(3 * n + left, n), 3 + crew_rounds(left, n), 1e-12);
    }
}

/* Half of the first steps are with crews; then what was faster, until the next measurement. */
static void the_faster_one(void **state) {
  (void)state;
  for (int crews_are_faster = 0; crews_are_faster < 2; crews_are_faster++) {
    CrewChoice choice = {0};
    int n_with = 0;
    for (int step = 0; step < 10; step++) {
      const int with = crew_choice_next(&choice);
      n_with += with;
      crew_choice_took(&choice, with == crews_are_faster ? 1 : 2);
    }
    assert_int_equal(n_with, 5);
    for (int step = 10; step < 400; step++) {
      assert_int_equal(crew_choice_next(&choice), crews_are_faster);
      crew_choice_took(&choice, 3);
    }
  }
}

enum { N_THREADS = 5, N_MEETINGS = 3000 };

static Crew crew;
static int written[N_THREADS];
static int n_wrong[N_THREADS];

/* Each writes, and after the meeting reads what the others have written. */
static void write_and_meet(void *context, int t) {
  (void)context;
  for (int round = 1; round <= N_MEETINGS; round++) {
    written[t] = round;
    crew_meet(&crew, N_THREADS);
    for (int k = 0; k < N_THREADS; k++) n_wrong[t] += written[k] != round;
    crew_meet(&crew, N_THREADS);
  }
}

static void all_have_come(void **state) {
  (void)state;
  team_run(N_THREADS, write_and_meet, NULL);
  for (int t = 0; t < N_THREADS; t++) assert_int_equal(n_wrong[t], 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(crews_that_end_first),
      cmocka_unit_test(the_faster_one),
      cmocka_unit_test(all_have_come),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
