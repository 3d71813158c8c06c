/* The memory that is left, on machines that are not this one: their files of /proc and /sys. */
#include "base/memory_left.h"

#include "support/cmocka_all.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define GIGABYTE (1LL << 30)

typedef struct File {
  const char *path, *text;
} File;

static const File *machine;

FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode) {
  for (const File *file = machine; file->path; file++)
    if (strcmp(file->path, path) == 0)
      return fmemopen((void *)(size_t)file->text, strlen(file->text), mode);
  return NULL;
}

static const char MEMINFO[] = "MemTotal:       16777216 kB\n"
                              "MemFree:         1048576 kB\n"
                              "MemAvailable:    8388608 kB\n"
                              "SwapFree:              0 kB\n";

static void expect_left(const File *files, long long bytes) {
  machine = files;
  assert_true((long long)memory_left() == bytes);
}

static void test_nothing_known(void **state) {
  (void)state;
  machine = (const File[]){{0}};
  assert_true(memory_left() == SIZE_MAX);
}

static void test_machine(void **state) {
  (void)state;
  expect_left((const File[]){{"/proc/meminfo", MEMINFO}, {0}}, 8 * GIGABYTE);
}

/* No limit is a number that a little more would make negative. What the kernel can take back may
 * have grown since the use was read. */
static void test_first_version(void **state) {
  (void)state;
  const File none[] = {{"/proc/meminfo", MEMINFO},
                       {"/proc/self/cgroup", "4:memory:/job\n1:cpu:/\n"},
                       {"/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712\n"},
                       {"/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "1073741824\n"},
                       {"/sys/fs/cgroup/memory/job/memory.stat",
                        "cache 1\ntotal_inactive_file 1073741824\ntotal_active_file 1073741824\n"},
                       {0}};
  expect_left(none, 8 * GIGABYTE);
  const File limit[] = {
      {"/proc/meminfo", MEMINFO},
      {"/proc/self/cgroup", "4:memory:/job/step\n"},
      {"/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "4294967296\n"},
      {"/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "3221225472\n"},
      {"/sys/fs/cgroup/memory/job/memory.stat", "total_inactive_file 1073741824\n"},
      {0}};
  expect_left(limit, 2 * GIGABYTE);
}

static void test_second_version(void **state) {
  (void)state;
  const File files[] = {{"/proc/meminfo", MEMINFO},
                        {"/proc/self/cgroup", "0::/job/step\n"},
                        {"/sys/fs/cgroup/job/step/memory.max", "max\n"},
                        {"/sys/fs/cgroup/job/step/memory.current", "1073741824\n"},
                        {"/sys/fs/cgroup/job/memory.max", "2147483648\n"},
                        {"/sys/fs/cgroup/job/memory.current", "3221225472\n"},
                        {0}};
  expect_left(files, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nothing_known), cmocka_unit_test(test_machine),
      cmocka_unit_test(test_first_version), cmocka_unit_test(test_second_version)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
