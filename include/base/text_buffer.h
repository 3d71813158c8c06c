#ifndef NORMLAB_BASE_TEXT_BUFFER_H
#define NORMLAB_BASE_TEXT_BUFFER_H
#include <stddef.h>

/* A text that is put together from parts, without allocation. {.used = 0} is an empty one. */
enum { TEXT_BUFFER_BYTES = 4096 };
typedef struct TextBuffer {
  char text[TEXT_BUFFER_BYTES];
  size_t used; /* the length in bytes without the NUL; setting it to 0 empties the text */
} TextBuffer;

/* Adds printf-style text at the end. What goes beyond TEXT_BUFFER_BYTES - 1 bytes is cut. */
void text_add(TextBuffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
