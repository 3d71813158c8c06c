#ifndef NORMLAB_BASE_STATUS_H
#define NORMLAB_BASE_STATUS_H
/* What a function that can fail returns.
 *
 * A Status is carried by value up to a point where all ranks agree on the worst one
 * (dist_agree); there one message is printed and every rank leaves with the same exit status.
 * Nothing below main calls exit(). */

/* The exit statuses of the program. A larger number is not a worse failure; dist_agree takes the
 * first failing rank's. */
typedef enum StatusCode {
  STATUS_OK = 0,
  STATUS_FAILED = 1,   /* a process ended without a status of its own: a bug, a failure of MPI */
  STATUS_USAGE = 2,    /* command line or configuration */
  STATUS_FILE = 3,     /* the file system: open, write, rename, lock, space */
  STATUS_DATA = 4,     /* content of a file: damaged, truncated, not what its header says */
  STATUS_NUMBERS = 5,  /* divergence: loss not finite, or an exact sum out of range */
  STATUS_MEMORY = 6,   /* allocation failed */
  STATUS_STALLED = 7,  /* exit status of a run that its watchdog ended, or that seems dead */
  STATUS_STOPPED = 75, /* stopped on request, checkpoint saved */
} StatusCode;

/* What an exit status means, as one sentence; a row for each, in increasing order. */
typedef struct StatusRow {
  StatusCode code;
  const char *meaning;
} StatusRow;
enum { N_STATUS_ROWS = 9 };
extern const StatusRow STATUS_ROWS[N_STATUS_ROWS];
const char *status_meaning(StatusCode code);

enum { STATUS_TEXT = 1000 };

typedef struct Status {
  StatusCode code;
  char text[STATUS_TEXT]; /* one message for the user: what, where (file, offset, line, key), what
                             to do. No newline at the end. Empty when code is STATUS_OK. */
} Status;

#define MUST_CHECK __attribute__((warn_unused_result))

/* Success. */
Status status_ok(void) MUST_CHECK;

/* A failure with a printf-style message, cut to STATUS_TEXT - 1 bytes. */
Status status_error(StatusCode code, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 2, 3)));

/* The same with ": <strerror(error)>" at the end. Whatever the code, ENOMEM is STATUS_MEMORY. */
Status status_errno(StatusCode code, int error, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));

/* Returns the failure of EXPRESSION from the calling function. Not to be used between two
 * collective calls. */
#define TRY(expression)                                                                            \
  do {                                                                                             \
    Status status_of_try = (expression);                                                           \
    if (status_of_try.code != STATUS_OK) return status_of_try;                                     \
  } while (0)

#endif
