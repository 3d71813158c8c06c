#ifndef NORMLAB_STUDY_PLAN_H
#define NORMLAB_STUDY_PLAN_H
/* What a study file says, before runs are made of it. */
#include "config/tree.h"
#include "pool.h"
#include "study/study.h"

typedef struct Setting {
  const char *key; /* of a configuration, written out */
  char *value;     /* YAML */
  char *place;     /* "FILE:LINE: PATH:", for messages */
  int line;
} Setting;

typedef struct PlanVariant {
  const char *title;
  int line; /* 0: there are none in the file, this stands for them */
  Setting *settings;
  int n_settings;
} PlanVariant;

typedef struct Axis {
  const char *key;
  Setting *values;
  int n_values, line;
} Axis;

typedef struct Plan {
  Pool *pool;
  Tree tree;
  Report report;
  const char *base, *name; /* NULL: not given */
  int base_line;
  const DataFormat *data;
  Setting *common;
  int n_common;
  PlanVariant *variants; /* at least one */
  int n_variants;
  Axis *axes; /* at most one of `seed` */
  int n_axes;
} Plan;

/* Reads FILE. The tree, in which keys and names are, is the caller's (tree_free), after a failure
 * too; all else is in the pool. */
Status plan_read(Plan *plan, Pool *pool, const char *file) MUST_CHECK;

/* One key is the other, or a section that has it: both cannot be set independently. */
int keys_collide(const char *a, const char *b);

#endif
