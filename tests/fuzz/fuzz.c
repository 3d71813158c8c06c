#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

long fuzz_n_taken, fuzz_n_refused;

void fuzz_fail(const char *text) {
  fprintf(stderr, "fuzz: %s\n", text);
#ifdef FUZZ_BY_LIBFUZZER
  abort(); /* it takes this for a crash, and keeps the input */
#else
  _exit(1);
#endif
}

void fuzz_expect(Status status, StatusCode code, StatusCode other, const char *file) {
  if (status.code == STATUS_OK) {
    fuzz_n_taken++;
    return;
  }
  fuzz_n_refused++;
  if (status.code != code && status.code != other) fuzz_fail(status.text);
  if (!strstr(status.text, file) || strlen(status.text) < strlen(file) + 5) fuzz_fail(status.text);
}

const char *fuzz_file(const void *data, size_t n) {
  static int descriptor = -1;
  static char name[64];
  if (descriptor >= 0) close(descriptor);
  descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  const char *bytes = data;
  for (size_t done = 0; done < n;) {
    ssize_t put = write(descriptor, bytes + done, n - done);
    if (put <= 0) fuzz_fail("no memory for a file");
    done += (size_t)put;
  }
  snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
  return name;
}

__attribute__((weak)) void fuzz_prepare(uint8_t *data, size_t n) {
  (void)data;
  (void)n;
}

__attribute__((weak)) void fuzz_take_as_valid(const uint8_t *data, size_t n) {
  (void)data;
  (void)n;
}

__attribute__((weak)) size_t fuzz_fit(uint8_t *data, size_t n) {
  (void)data;
  return n;
}
