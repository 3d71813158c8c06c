/* HDF5 of somebody else, as for --init. */
#include "fuzz.h"
#include "store/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  const char *path = fuzz_file(data, n);
  Record record;
  fuzz_expect(record_read_hdf5(&record, path), STATUS_DATA, STATUS_DATA, path);
  record_free(&record);
  return 0;
}
