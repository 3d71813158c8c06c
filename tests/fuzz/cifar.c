#include "data/cifar.h"
#include "fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  const char *path = fuzz_file(data, n);
  CifarFile *file;
  Status status = cifar_open(&file, path);
  if (status.code == STATUS_OK) {
    size_t count = (size_t)cifar_count(file);
    uint8_t *pixels = malloc(count * CIFAR_PIXELS), *labels = malloc(count);
    status = cifar_read(file, pixels, labels);
    for (size_t i = 0; status.code == STATUS_OK && i < count; i++)
      if (labels[i] >= CIFAR_CLASSES) fuzz_fail("a label that there is not");
    free(pixels);
    free(labels);
  }
  fuzz_expect(status, STATUS_DATA, STATUS_DATA, path);
  cifar_close(file);
  return 0;
}

size_t fuzz_fit(uint8_t *data, size_t n) {
  if (n >= 2 && data[0] == 0x1f && data[1] == 0x8b) return n;
  return n - n % CIFAR_RECORD;
}
