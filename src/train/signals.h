#ifndef NORMLAB_TRAIN_SIGNALS_H
#define NORMLAB_TRAIN_SIGNALS_H

/* The signals that ask a run to stop, a row each in signals.c. None of this is collective. */

/* From now on each of them asks for a stop; those that are blocked are let through. A second SIGINT
 * or SIGQUIT ends the process at once, with the lock of its result file given back. SIGHUP, SIGINT
 * and SIGQUIT that are ignored, as under nohup, stay so. Nothing changes in a second call. */
void signals_install(void);
/* Returns whether one of them has come to this process. */
int signals_stop_wanted(void);
/* Returns the name of the first that came, such as "SIGTERM"; NULL before. The text is static. */
const char *signals_name(void);
/* Sets a function that is called, too, when a stop is asked for by a signal; NULL: none. It may do
 * only what a signal handler may. */
void signals_on_stop(void (*function)(void));
/* Does what one of them would do, without one, as when nobody reads the output any more. */
void signals_request_stop(void);

#endif
