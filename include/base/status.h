#ifndef NORMLAB_BASE_STATUS_H
#define NORMLAB_BASE_STATUS_H
/* A Status is what a function that can fail returns.
 *
 * It is carried by value up to a point where all ranks agree on one failure (dist_agree); there
 * one message is printed, and every rank leaves with the same exit status. Nothing below main
 * calls exit(). Not collective. */

/* The exit statuses of the program. A larger number is not a worse failure: dist_agree takes that
 * of the first rank that has failed. */
typedef enum StatusCode {
  STATUS_OK = 0,
  STATUS_FAILED = 1,   /* a process ended without a status of its own: a bug, a failure of MPI */
  STATUS_USAGE = 2,    /* the command line or the configuration is wrong */
  STATUS_FILE = 3,     /* the file system refused something: open, write, rename, lock, space */
  STATUS_DATA = 4,     /* the content of a file is damaged, or not what its header says */
  STATUS_NUMBERS = 5,  /* the run diverged: a loss is not finite, or an exact sum is out of range */
  STATUS_MEMORY = 6,   /* there was not enough memory */
  STATUS_STALLED = 7,  /* the exit status of a run that its watchdog ended, or that seems dead */
  STATUS_STOPPED = 75, /* the run stopped on request, and its checkpoint is saved */
} StatusCode;

/* What an exit status means, as one sentence. STATUS_ROWS has a row for each, in increasing order.
 */
typedef struct StatusRow {
  StatusCode code;
  const char *meaning;
} StatusRow;
enum { N_STATUS_ROWS = 9 };
extern const StatusRow STATUS_ROWS[N_STATUS_ROWS];
/* Returns the sentence of a code; the text is static. */
const char *status_meaning(StatusCode code);

enum { STATUS_TEXT = 1000 };

typedef struct Status {
  StatusCode code;
  char text[STATUS_TEXT]; /* one message for the user: what is wrong, where (file, offset, line,
                             key), and what to do; it has no newline at the end and is empty when
                             code is STATUS_OK */
} Status;

#define MUST_CHECK __attribute__((warn_unused_result))

/* Returns success. */
Status status_ok(void) MUST_CHECK;

/* Returns a failure with a printf-style message, which is cut to STATUS_TEXT - 1 bytes. */
Status status_error(StatusCode code, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 2, 3)));

/* Returns a failure as status_error() does, with ": " and strerror(error) at the end of the
 * message. If error is ENOMEM, the code is STATUS_MEMORY, whatever `code` says. */
Status status_errno(StatusCode code, int error, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));

/* Evaluates an expression that is a Status, and returns it from the calling function if it is a
 * failure. TRY must not stand between two collective calls: a rank that returned there would leave
 * the others waiting. */
#define TRY(expression)                                                                            \
  do {                                                                                             \
    Status status_of_try = (expression);                                                           \
    if (status_of_try.code != STATUS_OK) return status_of_try;                                     \
  } while (0)

#endif
