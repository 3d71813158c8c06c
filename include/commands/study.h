#ifndef NORMLAB_COMMANDS_STUDY_H
#define NORMLAB_COMMANDS_STUDY_H

/* normlab study FILE list|run|submit; argv[0] is "study". MPI must not have been started in this
 * process, since its runs are processes that start it. Returns the exit status. */
int command_study(int argc, char **argv);

#endif
