#ifndef NORMLAB_COMMANDS_RANKS_H
#define NORMLAB_COMMANDS_RANKS_H
/* A command that is carried out by several processes which it starts itself. Not collective. */

/* Starts this program again as so many processes, by mpirun, and returns the exit status of the
 * first of them that failed, or 0. argv begins with the name of the command, and NULL ends it.
 * Signals that ask for a stop are handed on as SIGUSR1, which gives the processes the time that
 * they need; at the second SIGINT or SIGQUIT they are ended. They are asked to stop, too, when
 * nobody reads standard output any more, and when this process is killed. The processes are in the
 * background of the terminal, and read nothing. */
int ranks_run(int n_ranks, char **argv);

#endif
