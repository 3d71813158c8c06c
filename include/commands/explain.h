#ifndef NORMLAB_COMMANDS_EXPLAIN_H
#define NORMLAB_COMMANDS_EXPLAIN_H

/* normlab explain [--norm SPEC] [--values FILE]. Collective; rank 0 prints. argv[0] is "explain".
 * Returns the exit status, the same on all ranks. */
int command_explain(int argc, char **argv);

#endif
