#ifndef NORMLAB_STUDY_AXIS_H
#define NORMLAB_STUDY_AXIS_H
#include "plan.h"

/* Fills in the values of an axis whose key has been set, from a list or a range. `path` is for
 * messages. Returns STATUS_USAGE or STATUS_MEMORY. */
Status axis_read(Axis *axis, Pool *pool, const Node *node, const char *path,
                 Report *report) MUST_CHECK;

#endif
