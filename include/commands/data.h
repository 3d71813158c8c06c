#ifndef NORMLAB_COMMANDS_DATA_H
#define NORMLAB_COMMANDS_DATA_H

/* `normlab data check DIR` and `normlab data synthesize DIR`; argv[0] is "data". Collective; rank 0
 * does the work and prints. Returns the exit status of the program, the same on all ranks. */
int command_data(int argc, char **argv);

#endif
