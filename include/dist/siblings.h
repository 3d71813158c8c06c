#ifndef NORMLAB_DIST_SIBLINGS_H
#define NORMLAB_DIST_SIBLINGS_H
/* The processes of this node that the launcher started together with this one, as /proc shows them.
 * A process that starts no MPI leaves those waiting that do, and these cannot ask it. All of this
 * works without MPI, and none of it is collective. */

/* Returns whether one of the others is a program of this one's name with a command line of which
 * is_such(argc, argv) says 1. 0 where that cannot be known. */
int siblings_any(int (*is_such)(int argc, char **argv));

/* Starts to watch, until siblings_unwatch: where one of the others has ended although MPI has not
 * started, it cannot start any more. The first of those that are left says so on standard error,
 * and they exit with STATUS_USAGE, within seconds. */
void siblings_watch(void);
void siblings_unwatch(void);

#endif
