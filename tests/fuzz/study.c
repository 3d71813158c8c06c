#include "study/study.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char BASE[] = "network: {norm: batch, layers: [{type: block, channels: 4},"
                           " {type: global-avg-pool}, {type: linear, channels: 10}]}\n";
static char folder[] = "/tmp/normlab-fuzz-XXXXXX", base[64], path[64];

static void save(const char *name, const void *data, size_t n) {
  FILE *file = fopen(name, "wb");
  if (!file || fwrite(data, 1, n, file) != n || fclose(file) != 0) fuzz_fail(name);
}

static void clean(void) {
  (void)unlink(base);
  (void)unlink(path);
  (void)rmdir(folder);
}

/* The base lies beside it, so it needs a folder. */
static void start(void) {
  if (*base) return;
  if (!mkdtemp(folder)) fuzz_fail(folder);
  snprintf(base, sizeof base, "%s/base.yaml", folder);
  snprintf(path, sizeof path, "%s/study.yaml", folder);
  save(base, BASE, sizeof BASE - 1);
  (void)atexit(clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  start();
  save(path, data, n);
  Study study;
  Status status = study_read(&study, path, NULL, NULL, NULL, 0);
  /* STATUS_FILE: no such base */
  fuzz_expect(status, STATUS_USAGE, STATUS_FILE, folder);
  if (status.code == STATUS_OK) study_free(&study);
  return 0;
}
