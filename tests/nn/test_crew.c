/* Where crews meet, and how it is chosen what they work on. */
#include "../../src/nn/run/crew.h"
#include "fixture.h"
#include "nn/team.h"

#include <string.h>

/* Some of the first steps are done in each way; then all in the fastest, up to the next
 * measurement. */
static void the_fastest_one(void **state) {
  (void)state;
  for (Deal fastest = 0; fastest < N_DEALS; fastest++) {
    DealChoice choice = {0};
    int n_of[N_DEALS] = {0};
    for (int step = 0; step < 5 * N_DEALS; step++) {
      const Deal deal = deal_choice_next(&choice);
      n_of[deal]++;
      deal_choice_took(&choice, deal == fastest ? 1 : 2);
    }
    for (Deal deal = 0; deal < N_DEALS; deal++) assert_int_equal(n_of[deal], 5);
    for (int step = 5 * N_DEALS; step < 500; step++) {
      assert_int_equal(deal_choice_next(&choice), fastest);
      deal_choice_took(&choice, 3);
    }
    assert_int_equal(deal_choice_next(&choice), 0);
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
      cmocka_unit_test(the_fastest_one),
      cmocka_unit_test(all_have_come),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
