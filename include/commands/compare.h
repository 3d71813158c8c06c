#ifndef NORMLAB_COMMANDS_COMPARE_H
#define NORMLAB_COMMANDS_COMPARE_H

/* normlab compare FILE|FOLDER... [options]. Collective; rank 0 reads and prints. argv[0] is
 * "compare". Files that cannot be read, or that call themselves finished and are not, are named and
 * the others compared all the same; the exit status is then that of the first failure. Returns the
 * exit status, the same on all ranks. */
int command_compare(int argc, char **argv);

#endif
