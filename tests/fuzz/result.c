/* A result file as it is: what is changed is refused, whatever it is. */
#include "fuzz.h"
#include "header.h"
#include "store/file.h"

#include <xxhash.h>

enum { MOST = 64 };

static XXH128_hash_t valid[MOST];
static int n_valid;

static int is_valid(const uint8_t *data, size_t n) {
  XXH128_hash_t hash = XXH3_128bits(data, n);
  for (int i = 0; i < n_valid; i++)
    if (XXH128_isEqual(hash, valid[i])) return 1;
  return 0;
}

void fuzz_prepare(uint8_t *data, size_t n) {
  if (n < HEADER_BYTES) return;
  Header header = {.length = n - HEADER_BYTES,
                   .hash = header_hash(data + HEADER_BYTES, n - HEADER_BYTES),
                   .attempt = 1};
  header_write((char *)data, &header);
}

void fuzz_take_as_valid(const uint8_t *data, size_t n) {
  if (n_valid < MOST) valid[n_valid++] = XXH3_128bits(data, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  const char *path = fuzz_file(data, n);
  Record record;
  Status status = result_read_exactly(&record, path);
  fuzz_expect(status, STATUS_DATA, STATUS_DATA, path);
  if (status.code == STATUS_OK && n_valid > 0 && !is_valid(data, n))
    fuzz_fail("a damaged file was taken");
  record_free(&record);
  return 0;
}
