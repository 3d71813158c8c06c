#ifndef NORMLAB_BASE_LOG_H
#define NORMLAB_BASE_LOG_H
/* Messages for people. The results of a command go to standard output; everything that is printed
 * here goes to standard error. The functions are printf-style, and end the line themselves. Not
 * collective. */

/* Silences notes, warnings and errors of this process if quiet is 1; all ranks but rank 0 call it
 * so, so that each message appears once. Bugs and errors of MPI are still printed. */
void log_quiet(int quiet);

/* Prints "normlab: note: ...": something that the user would want to know. */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "normlab: warning: ...": something that is probably not what the user wants. */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "normlab: error: ...", the one message of a failure. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Sets a function that is called before each message, such as one that clears a line of progress
 * from the terminal; NULL: none. It must print no message itself. */
void log_before(void (*prepare)(void));

/* Stops the program at a broken invariant: prints the condition with its place in the source, and
 * aborts. It is for mistakes of the program, and never for bad input. */
#define BUG_IF(condition)                                                                          \
  do {                                                                                             \
    if (condition) log_bug(__FILE__, __LINE__, #condition);                                        \
  } while (0)
void log_bug(const char *file, int line, const char *condition) __attribute__((noreturn));

#endif
