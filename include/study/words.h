#ifndef NORMLAB_STUDY_WORDS_H
#define NORMLAB_STUDY_WORDS_H
/* Lines of words as a shell quotes them, and lists of runs made of such lines. Nothing is expanded
 * or run. Not collective. */
#include "study/pool.h"

typedef struct WordLine {
  char **words; /* [n], with a NULL behind them */
  int n, line;  /* the line of the file, from 1 */
} WordLine;

/* Splits a text at blanks and tabs; '...', "..." and a backslash quote as in a shell. `place` is
 * "FILE:LINE", for messages. STATUS_USAGE if a quote is not closed. */
Status words_split(WordLine *line, Pool *pool, const char *text, const char *place) MUST_CHECK;

/* Reads a list: a line of words for each run. Empty lines and those that begin with # are passed
 * over; so are a byte order mark and the carriage returns of Windows' line ends; the last line
 * needs no end. STATUS_FILE if the file cannot be read; STATUS_USAGE with its line for any other
 * character that does not print. */
Status words_read(WordLine **lines, int *n, Pool *pool, const char *file) MUST_CHECK;

#endif
