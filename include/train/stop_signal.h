#ifndef NORMLAB_TRAIN_STOP_SIGNAL_H
#define NORMLAB_TRAIN_STOP_SIGNAL_H

/* A signal that asks a run to stop. */
typedef struct StopSignal {
  int number;
  const char *name;   /* such as "SIGTERM" */
  int from_keyboard;  /* 1: the second one ends the process at once */
  int may_be_ignored; /* 1: if a shell or nohup has it ignored at the start, it stays so */
} StopSignal;

/* Returns the i-th of them, from 0; NULL after the last. The rows are static. It may be called in a
 * signal handler. Not collective. */
const StopSignal *stop_signal(int i);

/* Returns whether a signal is to be left alone: it may be ignored, and is. Not collective. */
int stop_signal_is_ignored(const StopSignal *row);

#endif
