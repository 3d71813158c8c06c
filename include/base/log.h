#ifndef NORMLAB_BASE_LOG_H
#define NORMLAB_BASE_LOG_H
/* Messages for people. Results go to standard output, everything here to standard error. */

/* Every rank but 0 is silent after log_quiet(1); bugs and MPI errors are still printed. */
void log_quiet(int quiet);

/* "normlab: note: ..." Something the user would want to know. */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "normlab: warning: ..." Something that is probably not what the user wants. */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "normlab: error: ..." The one message of a failure. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A broken invariant: message with its place, abort. Never for bad input. */
#define BUG_IF(condition)                                                                          \
  do {                                                                                             \
    if (condition) log_bug(__FILE__, __LINE__, #condition);                                        \
  } while (0)
void log_bug(const char *file, int line, const char *condition) __attribute__((noreturn));

#endif
