#ifndef NORMLAB_BASE_MEMORY_LEFT_H
#define NORMLAB_BASE_MEMORY_LEFT_H
#include <stddef.h>

/* Returns about how many bytes this process can still use before the kernel ends a process for want
 * of memory: what the machine has, and what is left of the limits of the control groups that this
 * process is in, as those of a container or of a job of Slurm's. What the kernel can take back, as
 * the contents of files that were read, counts as left, and so does swap. The answer errs on the
 * side of too much; it is SIZE_MAX where nothing is known. Not collective. */
size_t memory_left(void);

#endif
