#ifndef NORMLAB_STUDY_AXIS_H
#define NORMLAB_STUDY_AXIS_H
#include "plan.h"

/* Fills in the values of an axis whose key is there already, from a list or a range. */
Status axis_read(Axis *axis, Pool *pool, const Node *node, const char *path,
                 Report *report) MUST_CHECK;

#endif
