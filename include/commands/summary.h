#ifndef NORMLAB_COMMANDS_SUMMARY_H
#define NORMLAB_COMMANDS_SUMMARY_H

/* normlab summary ...; argv[0] is "summary". Collective. Returns the exit status, the same on all
 * ranks. */
int command_summary(int argc, char **argv);

#endif
