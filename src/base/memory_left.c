#include "base/memory_left.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files of a control group, of the first version and of the second. */
typedef struct Version {
  const char *root, *limit, *used;
  const char *reclaimed[3]; /* rows of memory.stat: what the kernel can take back */
} Version;

static const Version FIRST = {"/sys/fs/cgroup/memory",
                              "memory.limit_in_bytes",
                              "memory.usage_in_bytes",
                              {"total_inactive_file", "total_active_file"}};
static const Version SECOND = {"/sys/fs/cgroup",
                               "memory.max",
                               "memory.current",
                               {"inactive_file", "active_file", "slab_reclaimable"}};

/* The number behind a word at the start of a line, or the first of the file if the word is empty;
 * -1: there is none, or "max". */
static long long number_in(const char *folder, const char *name, const char *word) {
  char path[PATH_MAX], line[256];
  long long number = -1;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "r");
  if (!file) return -1;
  const size_t length = strlen(word);
  while (number < 0 && fgets(line, sizeof line, file))
    if (strncmp(line, word, length) == 0 && (length == 0 || strchr(" :", line[length])))
      number = line[length] == 'm' ? -1 : strtoll(line + length + (length > 0), NULL, 10);
  fclose(file);
  return number;
}

static void lower(size_t *left, long long other) {
  const size_t bytes = other > 0 ? (size_t)other : 0;
  if (bytes < *left) *left = bytes;
}

static long long swap(void) {
  const long long kilobytes = number_in("/proc", "meminfo", "SwapFree");
  return kilobytes > 0 ? 1024 * kilobytes : 0;
}

/* The first version has no word for it, but a number near the largest. */
#define NO_LIMIT (LLONG_MAX / 2)

/* A group and those above it. A container may see its own group at the root. */
static void lower_by_groups(size_t *left, const Version *version, char *group) {
  char folder[PATH_MAX];
  for (;;) {
    snprintf(folder, sizeof folder, "%s%s", version->root, group);
    long long n = number_in(folder, version->limit, "");
    const long long used = number_in(folder, version->used, "");
    if (n >= 0 && n < NO_LIMIT && used >= 0) {
      n -= used - swap();
      for (int i = 0; i < 3 && version->reclaimed[i]; i++) {
        const long long more = number_in(folder, "memory.stat", version->reclaimed[i]);
        n += more > 0 ? more : 0;
      }
      lower(left, n);
    }
    char *slash = strrchr(group, '/');
    if (!slash) return;
    *slash = '\0';
  }
}

size_t memory_left(void) {
  size_t left = SIZE_MAX;
  char line[PATH_MAX + 64];
  const long long available = number_in("/proc", "meminfo", "MemAvailable");
  if (available >= 0) lower(&left, 1024 * available + swap());
  FILE *file = fopen("/proc/self/cgroup", "r");
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    char *first = strstr(line, ":memory:"), *second = strstr(line, "::");
    if (first) lower_by_groups(&left, &FIRST, first + strlen(":memory:"));
    if (second) lower_by_groups(&left, &SECOND, second + strlen("::"));
  }
  if (file) fclose(file);
  return left;
}
