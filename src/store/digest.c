#include "field.h"
#include "store/schema.h"

#include <string.h>

#define XXH_INLINE_ALL /* a state on the stack: nothing here can fail */
#include <xxhash.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "data are hashed as little-endian bytes");

static int is_covered(const char *path) {
  ResultField field = result_field_of(path);
  return field < N_RESULT_FIELDS && result_row(field)->is_covered;
}

/* The covered field of the smallest path after this one: the order of a sort, without its memory.
 */
static const Field *next(const Record *record, const char *after) {
  const Field *best = NULL;
  for (size_t i = 0; i < record->n; i++) {
    const Field *field = &record->fields[i];
    if (strcmp(field->path, after) > 0 && (!best || strcmp(field->path, best->path) < 0) &&
        is_covered(field->path))
      best = field;
  }
  return best;
}

static void add(XXH3_state_t *state, const void *data, size_t bytes) {
  (void)XXH3_128bits_update(state, data, bytes);
}

static void add_number(XXH3_state_t *state, uint64_t number) {
  add(state, &number, sizeof number);
}

void record_digest(char digest[33], const Record *record) {
  XXH3_state_t state;
  (void)XXH3_128bits_reset(&state);
  for (const Field *field = next(record, ""); field; field = next(record, field->path)) {
    const char *type = field_type_name(field->type);
    add(&state, field->path, strlen(field->path) + 1);
    add(&state, type, strlen(type) + 1);
    add_number(&state, (uint64_t)field->n_dims);
    for (int i = 0; i < field->n_dims; i++) add_number(&state, field->dims[i]);
    add_number(&state, field_bytes(field));
    add(&state, field->data, field_bytes(field));
  }
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, XXH3_128bits_digest(&state));
  static const char HEX[] = "0123456789abcdef";
  for (int i = 0; i < 16; i++) {
    digest[2 * i] = HEX[bytes.digest[i] >> 4];
    digest[2 * i + 1] = HEX[bytes.digest[i] & 15];
  }
  digest[32] = '\0';
}
