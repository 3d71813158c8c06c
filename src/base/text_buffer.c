#include "base/text_buffer.h"

#include <stdarg.h>
#include <stdio.h>

void text_add(TextBuffer *buffer, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int more =
      vsnprintf(buffer->text + buffer->used, sizeof buffer->text - buffer->used, format, arguments);
  va_end(arguments);
  if (more > 0) buffer->used += (size_t)more;
  if (buffer->used >= sizeof buffer->text) buffer->used = sizeof buffer->text - 1;
}
