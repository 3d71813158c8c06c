#ifndef NORMLAB_NN_RUN_WORD_H
#define NORMLAB_NN_RUN_WORD_H
/* Words that threads of a process wait for, without OpenMP and without a lock. Not collective. */
#include <stdatomic.h>

/* A number, alone in its cache line. All zero is a word at which nobody waits. */
typedef struct Word {
  _Alignas(64) atomic_uint value;
  atomic_uint n_asleep;
} Word;

/* Returns when the value is another than `old`: what the thread that has set it wrote before can
 * then be read. The caller looks n_looks times, and then sleeps. */
void word_wait(Word *word, unsigned old, int n_looks);

/* Sets the value, and wakes the threads that sleep. */
void word_set(Word *word, unsigned value);

#endif
