#ifndef NORMLAB_STORE_STALE_H
#define NORMLAB_STORE_STALE_H
#include "lock.h"

/* Removes what killed runs of this host have left beside a file: FILE.tmp.HOST.PID and
 * FILE.prev.tmp.HOST.PID of processes that have ended, and of this process. The caller must hold
 * the lock. Not collective. */
void stale_remove(const char *file, const Owner *self);

#endif
