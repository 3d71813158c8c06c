#ifndef NORMLAB_COMMANDS_PREDICT_H
#define NORMLAB_COMMANDS_PREDICT_H

/* normlab predict ...; argv[0] is "predict". Collective. Returns the exit status, the same on all
 * ranks. */
int command_predict(int argc, char **argv);

#endif
