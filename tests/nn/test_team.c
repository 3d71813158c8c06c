/* Meetings of threads: that nobody goes on before all have come, that what they bring arrives once,
 * with more threads than cores, too, and with some that are late; and the cores they run on. */
#include "nn/team.h"
#include "support/cmocka_all.h"
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 17, N_MEETINGS = 300, N_RUNS = 200 };

/* What threads do in a test; failures are counted, as only the first thread may assert. */
typedef struct Scene {
  int n;
  atomic_int n_wrong;
  atomic_int n_come[MOST]; /* how many meetings each thread has come to */
  long brought[MOST];      /* in thread 0 all of it, once it is alone */
  long total;
  int n_alone, n_begun[MOST];
  cpu_set_t cores[MOST];
} Scene;

static void wrong_if(Scene *scene, int condition) {
  if (condition) atomic_fetch_add(&scene->n_wrong, 1);
}

static void add(void *context, int t, int from) {
  Scene *scene = context;
  wrong_if(scene, from <= t || from >= scene->n);
  scene->brought[t] += scene->brought[from];
  scene->brought[from] = 0;
}

static void alone(void *context) {
  Scene *scene = context;
  scene->n_alone++;
  scene->total = scene->brought[0];
  scene->brought[0] = 0;
}

/* Thread t brings (t + 1) i to meeting i. One thread is late at times, so that others sleep. */
static void meet_often(void *context, int t) {
  Scene *scene = context;
  for (int i = 1; i <= N_MEETINGS; i++) {
    if (i % 50 == 3 * t) usleep(2000);
    scene->brought[t] = (long)(t + 1) * i;
    atomic_store(&scene->n_come[t], i);
    team_gather(&(TeamSum){add, scene}, alone, scene);
    wrong_if(scene, scene->total != (long)scene->n * (scene->n + 1) / 2 * i);
    wrong_if(scene, scene->n_alone != i);
    for (int k = 0; k < scene->n; k++) wrong_if(scene, atomic_load(&scene->n_come[k]) < i);
    team_meet(); /* before anything is brought again */
  }
}

static void nobody_goes_on_alone(void **state) {
  (void)state;
  for (int n = 1; n <= MOST; n += n < 5 ? 1 : 6) {
    Scene scene = {.n = n};
    team_run(n, meet_often, &scene);
    assert_int_equal(scene.n_wrong, 0);
    assert_int_equal(scene.n_alone, N_MEETINGS);
  }
}

static void count(void *context, int t) {
  Scene *scene = context;
  if (t == scene->n - 1 && scene->n_begun[t] % 50 == 0) usleep(1000);
  scene->n_begun[t]++;
}

static void run_often(void *context) {
  Scene *scene = context;
  for (int i = 1; i <= N_RUNS; i++) {
    team_run(scene->n, count, scene);
    for (int t = 0; t < scene->n; t++) assert_int_equal(scene->n_begun[t], i);
  }
  team_run(scene->n, meet_often, scene);
}

static void a_team_works_when_it_is_led(void **state) {
  (void)state;
  for (int n = 1; n <= MOST; n += 3) {
    Scene scene = {.n = n};
    team_lead(n, run_often, &scene);
    assert_int_equal(scene.n_wrong, 0);
    assert_int_equal(scene.n_alone, N_MEETINGS);
  }
}

static void look(void *context, int t) {
  Scene *scene = context;
  wrong_if(scene, sched_getaffinity(0, sizeof(cpu_set_t), &scene->cores[t]) != 0);
}

static void lead_look(void *context) {
  team_run(((Scene *)context)->n, look, context);
}

/* Each of n threads has one core of `own`, no two the same; or all have all of them. */
static void expect_cores(const Scene *scene, const cpu_set_t *own, int bound) {
  cpu_set_t seen;
  CPU_ZERO(&seen);
  for (int t = 0; t < scene->n; t++) {
    assert_int_equal(CPU_COUNT(&scene->cores[t]), bound ? 1 : CPU_COUNT(own));
    CPU_OR(&seen, &seen, &scene->cores[t]);
  }
  assert_true(CPU_EQUAL(&seen, own));
}

static void expect(int n, const cpu_set_t *own, int bound) {
  cpu_set_t after;
  Scene led = {.n = n}, run = {.n = n};
  team_lead(n, lead_look, &led);
  expect_cores(&led, own, bound);
  assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
  assert_true(CPU_EQUAL(&after, own));
  team_run(n, look, &run);
  expect_cores(&run, own, bound);
  assert_int_equal(led.n_wrong + run.n_wrong, 0);
}

static cpu_set_t all; /* cores, before the first test */

static void take_cores(cpu_set_t *some, int n) {
  CPU_ZERO(some);
  for (int core = 0; CPU_COUNT(some) < n; core++)
    if (CPU_ISSET(core, &all)) CPU_SET(core, some);
  assert_int_equal(sched_setaffinity(0, sizeof *some, some), 0);
}

/* Also after the teams of other tests. */
static void a_core_each_if_there_are_as_many(void **state) {
  (void)state;
  cpu_set_t now, two, three;
  assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
  assert_true(CPU_EQUAL(&now, &all));
  if (CPU_COUNT(&all) < 2) skip();
  take_cores(&two, 2);
  expect(1, &two, 0);
  expect(2, &two, 1);
  expect(3, &two, 0);
  expect(2, &two, 1);
  assert_int_equal(setenv("OMP_PROC_BIND", "false", 1), 0);
  expect(2, &two, 0);
  unsetenv("OMP_PROC_BIND");
  expect(2, &two, 1);
  if (CPU_COUNT(&all) > 2) {
    take_cores(&three, 3);
    expect(2, &three, 0);
    expect(3, &three, 1);
  }
  assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nobody_goes_on_alone),
      cmocka_unit_test(a_team_works_when_it_is_led),
      cmocka_unit_test(a_core_each_if_there_are_as_many),
  };
  static const char *const NAMES[] = {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY",
                                      "KMP_AFFINITY"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) unsetenv(NAMES[i]);
  if (sched_getaffinity(0, sizeof all, &all) != 0) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
