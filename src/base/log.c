#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int is_quiet;
static void (*prepare_terminal)(void);

void log_quiet(int quiet) {
  is_quiet = quiet;
}

void log_before(void (*prepare)(void)) {
  prepare_terminal = prepare;
}

/* One write a message, so that lines of different processes do not mix. */
static void print(const char *kind, const char *format, va_list arguments) {
  char line[2048];
  int used = snprintf(line, sizeof line, "normlab: %s: ", kind);
  int more = vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
  if (more > 0) used += more;
  if (used > (int)sizeof line - 2) used = (int)sizeof line - 2;
  line[used++] = '\n';
  if (prepare_terminal) prepare_terminal();
  fflush(stdout);
  fwrite(line, 1, (size_t)used, stderr);
  fflush(stderr);
}

#define PRINT(kind)                                                                                \
  do {                                                                                             \
    if (is_quiet) return;                                                                          \
    va_list arguments;                                                                             \
    va_start(arguments, format);                                                                   \
    print(kind, format, arguments);                                                                \
    va_end(arguments);                                                                             \
  } while (0)

void log_note(const char *format, ...) {
  PRINT("note");
}

void log_warning(const char *format, ...) {
  PRINT("warning");
}

void log_error(const char *format, ...) {
  PRINT("error");
}

void log_bug(const char *file, int line, const char *condition) {
  fprintf(stderr, "normlab: bug at %s:%d: %s. Please report this.\n", file, line, condition);
  abort();
}
