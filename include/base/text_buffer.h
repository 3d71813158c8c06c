#ifndef NORMLAB_BASE_TEXT_BUFFER_H
#define NORMLAB_BASE_TEXT_BUFFER_H
#include <stddef.h>

/* A text put together from parts, without allocation. {.used = 0} is an empty one. */
enum { TEXT_BUFFER_BYTES = 4096 };
typedef struct TextBuffer {
  char text[TEXT_BUFFER_BYTES];
  size_t used; /* bytes without the NUL; 0 begins anew */
} TextBuffer;

/* Adds to its end, printf-style; what goes beyond its length is cut. */
void text_add(TextBuffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
