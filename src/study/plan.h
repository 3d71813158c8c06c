#ifndef NORMLAB_STUDY_PLAN_H
#define NORMLAB_STUDY_PLAN_H
/* What a study file says, before runs are made of it. Not collective. */
#include "config/tree.h"
#include "study/pool.h"
#include "study/study.h"

typedef struct Setting {
  const char *key; /* the key of a configuration, written out */
  char *value;     /* the value in YAML */
  char *place;     /* "FILE:LINE: PATH:", for messages */
  int line;
} Setting;

typedef struct PlanVariant {
  const char *title;
  int line; /* the line in the file; 0: the file has no variants, and this one stands for them */
  Setting *settings;
  int n_settings;
} PlanVariant;

typedef struct Axis {
  const char *key;
  Setting *values;
  int n_values, line;
} Axis;

/* What is chosen before the runs, and by what. */
struct Tune {
  Axis *axes; /* [n_axes]; n_axes = 0: nothing is */
  int n_axes;
  Axis seeds;
  Setting validation; /* data.validation */
  int line;
};
typedef struct Tune Tune;

typedef struct Plan {
  Pool *pool;
  Tree tree;
  Report report;
  const char *base, *name; /* NULL if they are not given */
  int base_line;
  const DataFormat *data;
  Setting *common;
  int n_common;
  PlanVariant *variants; /* at least one */
  int n_variants;
  Axis *axes; /* [n_axes]; at most one is of `seed` */
  int n_axes;
  Tune tune;
} Plan;

/* Reads a study file. The caller frees the tree, which holds keys and names, by tree_free(), also
 * after a failure; everything else is in the pool. */
Status plan_read(Plan *plan, Pool *pool, const char *file) MUST_CHECK;

/* What the readers of a plan's parts share. plan_expect() refuses a node of another kind, or an
 * empty one; `what` is what was expected. plan_check_plain() refuses values that would need quotes.
 * plan_check_axis() refuses an axis of a key that other axes or variants set. */
Status plan_expect(Plan *plan, const Node *node, const char *path, NodeKind kind,
                   const char *what) MUST_CHECK;
Status plan_check_plain(Plan *plan, const Node *node, const char *path) MUST_CHECK;
Status plan_check_axis(Plan *plan, const Axis *axis, const char *path) MUST_CHECK;

/* Returns the key of a configuration that a short name stands for, or the key itself. */
const char *plan_full_key(const char *key);

/* Returns whether one key is the other, or a section that contains it; two such keys cannot be set
 * independently. */
int keys_collide(const char *a, const char *b);

#endif
