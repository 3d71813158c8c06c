#include "data/idx.h"

#include "file_write.h"

Status idx_write(const char *path, IdxShape shape, const uint8_t *items, int gzip) {
  uint8_t header[IDX_HEADER];
  idx_header(header, shape);
  const FilePart parts[] = {{header, idx_header_bytes(shape)}, {items, idx_bytes(shape)}};
  return file_write(path, parts, 2, gzip);
}
