#include "header.h"

#include "store/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define MAGIC "normlab result file, format "
#define CHECK "XXH3 of header "
/* In every format: the last line is CHECK and the hash of all before the digits. */
enum { CHECK_DIGITS = 16, CHECK_AT = HEADER_BYTES - CHECK_DIGITS - 1 };
#define LINES                                                                                      \
  MAGIC "%d\n"                                                                                     \
        "HDF5 begins at byte 512: h5dump, h5py and other readers open this file as it is.\n"       \
        "length %" PRIu64 "\nXXH3 %016" PRIx64 "\nattempt %" PRIu64 "\n"

uint64_t header_hash(const void *bytes, size_t n) {
  return XXH3_64bits(bytes, n);
}

void header_write(char *text, const Header *header) {
  char lines[HEADER_BYTES + 1];
  int used = snprintf(lines, sizeof lines, LINES, STORE_FORMAT, header->length, header->hash,
                      header->attempt);
  memset(lines + used, ' ', (size_t)(HEADER_BYTES - used));
  size_t before = strlen(CHECK) + 1;
  memcpy(lines + CHECK_AT - before, "\n" CHECK, before);
  snprintf(lines + CHECK_AT, CHECK_DIGITS + 2, "%016" PRIx64 "\n", header_hash(lines, CHECK_AT));
  memcpy(text, lines, HEADER_BYTES);
}

static int is_hdf5(const char *text, size_t n) {
  return n >= 8 && memcmp(text, "\211HDF\r\n\032\n", 8) == 0;
}

int header_is_ours(const char *text, size_t n) {
  return n >= strlen(MAGIC) && memcmp(text, MAGIC, strlen(MAGIC)) == 0;
}

Status header_read(Header *header, int *newer, const char *file, const char *text, size_t n) {
  *newer = 0;
  if (!header_is_ours(text, n))
    return status_error(STATUS_DATA, "%s: not a result file of normlab%s", file,
                        is_hdf5(text, n) ? " (it is HDF5, but without normlab's header)"
                                         : " (or its first bytes are damaged)");
  if (n < HEADER_BYTES)
    return status_error(STATUS_DATA, "%s: truncated: %zu bytes; the header alone has %d", file, n,
                        HEADER_BYTES);
  char lines[HEADER_BYTES + 1], check[CHECK_DIGITS + 2];
  memcpy(lines, text, HEADER_BYTES);
  lines[HEADER_BYTES] = '\0';
  snprintf(check, sizeof check, "%016" PRIx64 "\n", header_hash(lines, CHECK_AT));
  if (memcmp(lines + CHECK_AT, check, CHECK_DIGITS + 1) != 0)
    return status_error(STATUS_DATA, "%s: damaged: its header's check sum does not match", file);
  int format = atoi(lines + strlen(MAGIC));
  *newer = format > STORE_FORMAT;
  if (*newer)
    return status_error(STATUS_DATA,
                        "%s: written by a newer normlab (format %d; this one reads %d)", file,
                        format, STORE_FORMAT);
  Header found;
  if (sscanf(lines, LINES, &format, &found.length, &found.hash, &found.attempt) != 4)
    return status_error(STATUS_DATA, "%s: damaged: its header cannot be understood", file);
  *header = found;
  return status_ok();
}
