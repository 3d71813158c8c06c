#include "commands/command.h"

#define COMMAND(name) extern const Command COMMAND_##name;
#include "list.h"
#undef COMMAND

const Command *const COMMANDS[] = {
#define COMMAND(name) &COMMAND_##name,
#include "list.h"
#undef COMMAND
    NULL};
