#include "protobuf.h"

#include <stdlib.h>
#include <string.h>

/* How a field is written, in the three lowest bits of its tag. */
enum { VARINT = 0, EIGHT_BYTES = 1, LENGTH = 2, FOUR_BYTES = 5 };

void message_append(Message *message, const void *bytes, size_t n) {
  if (message->is_broken || n == 0) return;
  if (n > message->capacity - message->n) {
    const size_t capacity = 2 * (message->n + n) + 64;
    unsigned char *grown = realloc(message->bytes, capacity);
    if (!grown) message->is_broken = 1;
    if (!grown) return;
    message->bytes = grown;
    message->capacity = capacity;
  }
  memcpy(message->bytes + message->n, bytes, n);
  message->n += n;
}

/* Seven bits a byte, lowest first; the highest bit says that there are more. */
static void put_varint(Message *message, uint64_t value) {
  unsigned char bytes[10];
  size_t n = 0;
  do {
    bytes[n] = (unsigned char)(value & 0x7f);
    value >>= 7;
    if (value) bytes[n] |= 0x80;
    n++;
  } while (value);
  message_append(message, bytes, n);
}

static void put_tag(Message *message, int field, int kind) {
  put_varint(message, (uint64_t)field << 3 | (uint64_t)kind);
}

static void put_fixed(Message *message, uint64_t bits, int n) {
  unsigned char bytes[8];
  for (int i = 0; i < n; i++) bytes[i] = (unsigned char)(bits >> 8 * i);
  message_append(message, bytes, (size_t)n);
}

void message_integer(Message *message, int field, int64_t value) {
  put_tag(message, field, VARINT);
  put_varint(message, (uint64_t)value);
}

void message_float(Message *message, int field, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_tag(message, field, FOUR_BYTES);
  put_fixed(message, bits, 4);
}

void message_double(Message *message, int field, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_tag(message, field, EIGHT_BYTES);
  put_fixed(message, bits, 8);
}

void message_bytes(Message *message, int field, const void *bytes, size_t n) {
  put_tag(message, field, LENGTH);
  put_varint(message, n);
  message_append(message, bytes, n);
}

void message_text(Message *message, int field, const char *text) {
  message_bytes(message, field, text, strlen(text));
}

void message_put(Message *message, int field, Message *part) {
  message->is_broken |= part->is_broken;
  message_bytes(message, field, part->bytes, part->n);
  message_free(part);
}

Status message_check(const Message *message, const char *what) {
  if (!message->is_broken) return status_ok();
  return status_error(STATUS_MEMORY, "%s: no memory for its contents", what);
}

void message_free(Message *message) {
  free(message->bytes);
  *message = (Message){0};
}
