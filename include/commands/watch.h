#ifndef NORMLAB_COMMANDS_WATCH_H
#define NORMLAB_COMMANDS_WATCH_H

/* normlab watch FILE|FOLDER... [options]; argv[0] is "watch". Without MPI. Returns the exit status
 * if it ends by itself; an INT or TERM ends the process. */
int command_watch(int argc, char **argv);

#endif
