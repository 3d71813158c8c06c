#include "data/idx.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* A header that promises more is true for a compressed input only, and takes its time. */
enum { MOST = 1 << 26 };

static void read_items(IdxFile *file, const char *path) {
  size_t bytes = idx_bytes(idx_shape(file));
  if (bytes > MOST) return;
  uint8_t *items = malloc(bytes);
  fuzz_expect(idx_read(file, items), STATUS_DATA, STATUS_DATA, path);
  free(items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  const char *path = fuzz_file(data, n);
  IdxFile *file;
  Status status = idx_open_images(&file, path);
  if (status.code == STATUS_OK)
    read_items(file, path);
  else
    fuzz_expect(status, STATUS_DATA, STATUS_DATA, path);
  idx_close(file);
  status = idx_open_labels(&file, path);
  if (status.code == STATUS_OK)
    read_items(file, path);
  else
    fuzz_expect(status, STATUS_DATA, STATUS_DATA, path);
  idx_close(file);
  return 0;
}

/* The number of items is what the length says. */
size_t fuzz_fit(uint8_t *data, size_t n) {
  if (n < 16 || data[0] != 0) return n;
  int n_dims = data[3] == 1 ? 1 : 3;
  data[2] = 8;
  data[3] = (uint8_t)n_dims;
  data[8] = data[9] = data[12] = data[13] = data[10] = data[14] = 0;
  size_t item = n_dims == 1 ? 1 : (size_t)(data[11] % 32 + 1) * (size_t)(data[15] % 32 + 1);
  data[11] = (uint8_t)(data[11] % 32 + 1);
  data[15] = (uint8_t)(data[15] % 32 + 1);
  size_t header = 4 + 4 * (size_t)n_dims, count = (n - header) / item;
  for (int i = 0; i < 4; i++) data[4 + i] = (uint8_t)(count >> (24 - 8 * i));
  return header + count * item;
}
