#ifndef NORMLAB_STORE_LOCK_H
#define NORMLAB_STORE_LOCK_H
/* The right to write a file: FILE.lock, flocked as long as the run lives (the system frees it with
 * the process), with its holder inside for messages and for file systems where a flock does not
 * reach other nodes. */
#include "base/status.h"
#include <stdint.h>

enum { HOST_BYTES = 65 };

typedef struct Owner {
  char host[HOST_BYTES];
  long pid;
  uint64_t attempt;
  char job[HOST_BYTES]; /* of Slurm, "cluster:number"; empty outside */
  long start;           /* how often Slurm has started the job again */
} Owner;

typedef struct Lock {
  char *path; /* of the lock file */
  int descriptor;
} Lock;

/* This process, attempt 0; job and start from Slurm's environment. */
void lock_self(Owner *self);

/* Takes the lock of FILE. *before is who held it last, if a killed run left it behind (pid 0:
 * none). STATUS_FILE if another process holds it (names it) or the lock file cannot be made. It is
 * taken away from an earlier start of the same job: Slurm starts a job again when it has lost a
 * node, whose processes may live on; they then fail in lock_check. */
Status lock_take(Lock *lock, Owner *before, const char *file) MUST_CHECK;

/* Whether this process of this host runs: not one that has ended and is not yet waited for. */
int lock_is_alive(long pid);

/* Whether a process holds the lock of FILE, and which one (pid 0: not known). On a file system
 * without flock, whether a living process of this host has signed it. */
int lock_look(Owner *owner, const char *file);

/* Writes the holder into the lock file. */
Status lock_sign(const Lock *lock, const Owner *self) MUST_CHECK;

/* STATUS_FILE if the lock file names somebody else by now. If it is gone (removed by hand) nobody
 * has it, which is not a failure. */
Status lock_check(const Lock *lock, const Owner *self, const char *file) MUST_CHECK;

/* Removes the lock file, if it is still this one, and gives the lock back. */
void lock_release(Lock *lock);

#endif
