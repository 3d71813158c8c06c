#ifndef NORMLAB_STORE_LOCK_H
#define NORMLAB_STORE_LOCK_H
/* The right to write a file. It is a file FILE.lock on which the process holds a flock as long as
 * the run lives; the system frees it with the process. The lock file contains its holder, for
 * messages and for file systems where a flock does not reach other nodes. Not collective. */
#include "base/status.h"
#include <stdint.h>

enum { HOST_BYTES = 65 };

/* A process that holds a lock. */
typedef struct Owner {
  char host[HOST_BYTES];
  long pid;
  uint64_t attempt;
  char job[HOST_BYTES]; /* the job of Slurm, "cluster:number"; empty outside of Slurm */
  long start;           /* how often Slurm has started the job again */
} Owner;

typedef struct Lock {
  char *path; /* the path of the lock file */
  int descriptor;
} Lock;

/* Fills in this process, with attempt 0, and with job and start from Slurm's environment. */
void lock_self(Owner *self);

/* Takes the lock of a file. *before is who held it last, if a killed run left the lock file behind
 * (pid 0: nobody). Returns STATUS_FILE if another process holds the lock, which the message names,
 * or if the lock file cannot be made. The lock is taken away from an earlier start of the same
 * job: Slurm starts a job again when it has lost a node, whose processes may live on; these then
 * fail in lock_check(). */
Status lock_take(Lock *lock, Owner *before, const char *file) MUST_CHECK;

/* Fails as lock_take() would now, without taking or making anything. */
Status lock_look_free(const char *file) MUST_CHECK;

/* Returns whether a process of this host runs. One that has ended and has not been waited for does
 * not. */
int lock_is_alive(long pid);

/* Returns whether a process holds the lock of a file, and sets *owner to it (pid 0: not known). On
 * a file system without flock, it returns whether a living process of this host has signed the
 * lock file. */
int lock_look(Owner *owner, const char *file);

/* Writes the holder into the lock file. Returns STATUS_FILE. */
Status lock_sign(const Lock *lock, const Owner *self) MUST_CHECK;

/* Returns STATUS_FILE if the lock file names somebody else by now. If it is gone because it was
 * removed by hand, nobody has it, which is not a failure. */
Status lock_check(const Lock *lock, const Owner *self, const char *file) MUST_CHECK;

/* Removes the lock file, if it is still this one, and gives the lock back. */
void lock_release(Lock *lock);
/* Removes the lock file, if it is still this one. It may be called by a signal handler. */
void lock_abandon(const Lock *lock);

#endif
