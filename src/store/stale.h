#ifndef NORMLAB_STORE_STALE_H
#define NORMLAB_STORE_STALE_H
#include "lock.h"

/* Removes what killed runs of this host left beside FILE: FILE.tmp.HOST.PID and
 * FILE.prev.tmp.HOST.PID of processes that live no more, and of this one. With the lock held. */
void stale_remove(const char *file, const Owner *self);

#endif
