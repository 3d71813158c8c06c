/* Which cores the jobs of a study get. */
#include "cores.h"

#include "support/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A machine of 2 packages x 2 cores x 2 hardware threads in the place of this one: processor p is
 * on core p % 2 of package p / 2 % 2, as on machines that number all first threads first. */
enum { N_FAKE = 8 };
static int is_fake;

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
int __real_sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *set);
int __wrap_sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *set);

FILE *__wrap_fopen(const char *path, const char *mode) {
  static char digit[16];
  char what[32];
  int cpu;
  if (!is_fake || sscanf(path, "/sys/devices/system/cpu/cpu%d/topology/%31s", &cpu, what) != 2)
    return __real_fopen(path, mode);
  snprintf(digit, sizeof digit, "%d", strcmp(what, "core_id") == 0 ? cpu % 2 : cpu / 2 % 2);
  return fmemopen(digit, strlen(digit), "r");
}

int __wrap_sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *set) {
  if (!is_fake) return __real_sched_getaffinity(pid, bytes, set);
  CPU_ZERO(set);
  for (int cpu = 0; cpu < N_FAKE; cpu++) CPU_SET(cpu, set);
  return 0;
}

static int core_of(int cpu) {
  return cpu % 4;
}

/* As few threads a core as can be, and those of a core side by side. */
static void twins_of_a_core(void **state) {
  (void)state;
  is_fake = 1;
  for (int n_threads = 0; n_threads <= N_FAKE; n_threads++) {
    Cores cores;
    assert_int_equal(cores_find(&cores, n_threads).code, STATUS_OK);
    assert_int_equal(cores.n, N_FAKE);
    int n_used[4] = {0};
    if (n_threads > 4 || n_threads == 0)
      for (int i = 0; i < N_FAKE; i += 2)
        assert_int_equal(core_of(cores.cpu[i]), core_of(cores.cpu[i + 1]));
    else
      for (int i = 0; i < n_threads; i++) assert_int_equal(n_used[core_of(cores.cpu[i])]++, 0);
    /* Both cores of the first package come before those of the second. */
    for (int i = 0; i < 2; i++) assert_int_equal(cores.cpu[i] / 2 % 2, 0);
    free(cores.cpu);
  }
  is_fake = 0;
}

/* Parts of n_threads by n_parts: of one size, disjoint, and out of the first n_threads. */
static void expect_parts(const Cores *cores, int n_threads, int n_parts) {
  cpu_set_t all, part, both;
  CPU_ZERO(&all);
  for (int i = 0; i < n_parts; i++) {
    cores_part(&part, cores, n_threads, i, n_parts);
    assert_int_equal(CPU_COUNT(&part), n_threads / n_parts);
    CPU_AND(&both, &all, &part);
    assert_int_equal(CPU_COUNT(&both), 0);
    CPU_OR(&all, &all, &part);
    for (int k = i * (n_threads / n_parts); k < (i + 1) * (n_threads / n_parts); k++)
      assert_true(CPU_ISSET(cores->cpu[k], &part));
  }
}

static void parts_are_disjoint(void **state) {
  (void)state;
  int cpu[] = {7, 3, 11, 0, 5, 2, 9, 4};
  const Cores cores = {cpu, sizeof cpu / sizeof *cpu};
  for (int n_threads = 1; n_threads <= cores.n; n_threads++)
    for (int n_parts = 1; n_parts <= n_threads; n_parts++) expect_parts(&cores, n_threads, n_parts);
}

/* Each processor of this process once, whatever is asked for. */
static void all_allowed_are_found(void **state) {
  (void)state;
  cpu_set_t mine;
  assert_int_equal(sched_getaffinity(0, sizeof mine, &mine), 0);
  for (int n_threads = 0; n_threads <= 2 * CPU_COUNT(&mine); n_threads++) {
    cpu_set_t found;
    Cores cores;
    CPU_ZERO(&found);
    assert_int_equal(cores_find(&cores, n_threads).code, STATUS_OK);
    assert_int_equal(cores.n, CPU_COUNT(&mine));
    for (int i = 0; i < cores.n; i++) CPU_SET(cores.cpu[i], &found);
    assert_true(CPU_EQUAL(&found, &mine));
    free(cores.cpu);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(parts_are_disjoint),
                                     cmocka_unit_test(all_allowed_are_found),
                                     cmocka_unit_test(twins_of_a_core)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
