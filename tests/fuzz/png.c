#include "data/picture_image.h"
#include "fuzz.h"

#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  uint8_t image[3 * 28 * 28];
  const char *path = fuzz_file(data, n);
  fuzz_expect(picture_image(image, 1, 28, 28, FIT_DIGIT, path), STATUS_DATA, STATUS_DATA, path);
  fuzz_expect(picture_image(image, 3, 28, 28, FIT_CROP, path), STATUS_DATA, STATUS_DATA, path);
  return 0;
}

static uint32_t number(const uint8_t *data) {
  return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

/* The check sums of all chunks are right. */
size_t fuzz_fit(uint8_t *data, size_t n) {
  for (size_t at = 8; at + 12 <= n;) {
    size_t length = number(data + at);
    if (length > n - at - 12) break;
    uLong sum = crc32(crc32(0, NULL, 0), data + at + 4, (uInt)(length + 4));
    for (int i = 0; i < 4; i++) data[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
    at += 12 + length;
  }
  return n;
}
