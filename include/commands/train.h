#ifndef NORMLAB_COMMANDS_TRAIN_H
#define NORMLAB_COMMANDS_TRAIN_H

/* normlab train ...; argv[0] is "train". Collective. Returns the exit status, the same on all
 * ranks. */
int command_train(int argc, char **argv);

#endif
