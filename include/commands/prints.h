#ifndef NORMLAB_COMMANDS_PRINTS_H
#define NORMLAB_COMMANDS_PRINTS_H
/* What the program prints of itself instead of carrying out a command: one row each. */
#include "base/status.h"

typedef struct Print {
  const char *name;    /* the first word of the command line, such as "--version" */
  const char *summary; /* one line for the help */
  /* Prints to standard output. `word` is the next word of the command line, or NULL. Returns
   * STATUS_USAGE if the word means nothing. Not collective. */
  Status (*print)(const char *word);
} Print;

/* A row without a name ends them. */
extern const Print PRINTS[];

/* Returns the row of that name (-h is --help), or NULL. */
const Print *print_find(const char *name);

#endif
