#include "word.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline void relax(void) {
#if defined __x86_64__ || defined __i386__
  __builtin_ia32_pause();
#elif defined __aarch64__
  __asm__ volatile("yield");
#endif
}

static void futex(Word *word, int operation, unsigned value) {
  (void)syscall(SYS_futex, &word->value, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* A thread counts itself as asleep before it looks for the last time, and the thread that sets the
 * word looks for sleepers after it has set it: one of them sees the other. */
void word_wait(Word *word, unsigned old, int n_looks) {
  for (int i = 0; i < n_looks; i++) {
    if (atomic_load_explicit(&word->value, memory_order_acquire) != old) return;
    relax();
  }
  atomic_fetch_add(&word->n_asleep, 1);
  while (atomic_load(&word->value) == old) futex(word, FUTEX_WAIT, old);
  atomic_fetch_sub(&word->n_asleep, 1);
}

void word_set(Word *word, unsigned value) {
  atomic_store(&word->value, value);
  if (atomic_load(&word->n_asleep) > 0) futex(word, FUTEX_WAKE, INT_MAX);
}
