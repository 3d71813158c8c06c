#ifndef NORMLAB_EXPORT_PROTOBUF_H
#define NORMLAB_EXPORT_PROTOBUF_H
/* Writes messages of Protocol Buffers: the few kinds of fields that ONNX and TensorBoard need
 * (https://protobuf.dev/programming-guides/encoding). A message grows in memory; without memory it
 * is broken, and stays so. Not collective. */
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct Message {
  unsigned char *bytes; /* [n], owned */
  size_t n, capacity;
  int is_broken;
} Message;

void message_append(Message *message, const void *bytes, size_t n);
void message_integer(Message *message, int field, int64_t value);
void message_float(Message *message, int field, float value);
void message_double(Message *message, int field, double value);
void message_bytes(Message *message, int field, const void *bytes, size_t n);
void message_text(Message *message, int field, const char *text);
/* Puts a message into another one, and frees it. */
void message_put(Message *message, int field, Message *part);
/* Returns STATUS_MEMORY if the message is broken. */
Status message_check(const Message *message, const char *what) MUST_CHECK;
void message_free(Message *message);

#endif
