#ifndef NORMLAB_COMMANDS_MANUAL_PAGE_H
#define NORMLAB_COMMANDS_MANUAL_PAGE_H
/* Manual pages and completion, made from the rows of commands and options. prints: what the program
 * prints of itself, up to a row without a name. Not collective. */
#include "commands/command.h"

/* Print a page in roff with the macros of man(7): normlab-COMMAND(1), and normlab(1). */
void manual_page_print_command(const Command *command);
void manual_page_print_program(const Print *prints);

/* Prints a script for bash that completes the words of a command line of the program. */
void completion_print(const Print *prints);

#endif
