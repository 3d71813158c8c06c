#include "exif.h"

#include <string.h>

enum { HEADER = 6, ENTRY = 12, ORIENTATION = 0x0112, OF_SHORT = 3, UPRIGHT = 1, LAST = 8 };

/* A file of TIFF, from its byte order on. */
typedef struct Tiff {
  const uint8_t *bytes; /* [n] */
  size_t n;
  int is_big_endian;
} Tiff;

/* A number of so many bytes; 0 beyond the end. */
static uint32_t number(const Tiff *tiff, size_t at, size_t bytes) {
  uint32_t value = 0;
  if (at > tiff->n || bytes > tiff->n - at) return 0;
  for (size_t i = 0; i < bytes; i++)
    value = value << 8 | tiff->bytes[at + (tiff->is_big_endian ? i : bytes - 1 - i)];
  return value;
}

/* The directory at an offset: its number of entries, and the entries. */
static int find_orientation(const Tiff *tiff, size_t at) {
  const size_t n_entries = number(tiff, at, 2);
  for (size_t i = 0; i < n_entries; i++) {
    const size_t entry = at + 2 + i * ENTRY;
    if (entry > tiff->n || tiff->n - entry < ENTRY) return UPRIGHT;
    if (number(tiff, entry, 2) != ORIENTATION) continue;
    const uint32_t value = number(tiff, entry + 8, 2);
    const int is_one_short =
        number(tiff, entry + 2, 2) == OF_SHORT && number(tiff, entry + 4, 4) == 1;
    return is_one_short && value >= UPRIGHT && value <= LAST ? (int)value : UPRIGHT;
  }
  return UPRIGHT;
}

int exif_orientation(const uint8_t *bytes, size_t n) {
  if (n < HEADER || memcmp(bytes, "Exif\0", HEADER) != 0) return UPRIGHT;
  Tiff tiff = {.bytes = bytes + HEADER, .n = n - HEADER};
  if (tiff.n < 8 || tiff.bytes[0] != tiff.bytes[1]) return UPRIGHT;
  tiff.is_big_endian = tiff.bytes[0] == 'M';
  if ((!tiff.is_big_endian && tiff.bytes[0] != 'I') || number(&tiff, 2, 2) != 42) return UPRIGHT;
  return find_orientation(&tiff, number(&tiff, 4, 4));
}
