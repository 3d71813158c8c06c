#ifndef NORMLAB_COMMANDS_HELP_H
#define NORMLAB_COMMANDS_HELP_H
/* What the help, the manual page and the listing of a command share. Not collective. */
#include "commands/command.h"

enum { HELP_TEXT = 1000 };

/* Write "--norm SPEC", and what the option does with the values that it takes. */
void help_option_name(char text[64], const Option *option);
void help_option_text(char text[HELP_TEXT], const Option *option);

/* Returns the next of the lines about exit statuses, NULL after the last; the first after NULL,
 * which is always about 0. */
const ExitLine *help_next_exit(const Command *command, const ExitLine *exit);
/* Returns what such a line says. */
const char *help_exit_meaning(const ExitLine *exit);

#endif
