#ifndef NORMLAB_COMMANDS_PRINTS_H
#define NORMLAB_COMMANDS_PRINTS_H
/* What the program prints of itself instead of carrying out a command. */
#include "commands/command.h"

/* A row without a name ends them. */
extern const Print PRINTS[];

/* Returns the row of that name (-h is --help), or NULL. */
const Print *print_find(const char *name);

#endif
