#ifndef NORMLAB_TRAIN_SIGNALS_H
#define NORMLAB_TRAIN_SIGNALS_H

/* From now on SIGTERM, SIGINT and SIGUSR1 ask for a stop, and a second SIGINT ends the process at
 * once. SIGUSR1 is let through if it was blocked. Not collective. */
void signals_install(void);
/* Returns whether one of them has come to this rank. Not collective. */
int signals_stop_wanted(void);

#endif
