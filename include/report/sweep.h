#ifndef NORMLAB_REPORT_SWEEP_H
#define NORMLAB_REPORT_SWEEP_H
/* Variants along an axis: those that differ in one key of the configuration alone, such as the
 * learning rate, are the points of a line; or, along the norm, those whose norms differ in a number
 * alone, such as batch:2, batch:4 and batch:8. Not collective. */
#include "report/variant.h"

enum { SWEEP_TEXT = 160 };

/* A value on the axis, and the variant that has it. */
typedef struct SweepPoint {
  double value;     /* the number; of a category its place, 1, 2, ... */
  const char *text; /* the value as it is written; not owned */
  const Variant *variant;
} SweepPoint;

typedef struct SweepLine {
  char *name; /* what its points have in common: "batch:N", "layer"; with the keys that tell it from
                 other lines of this norm: "batch:N lr=0.1"; owned */
  SweepPoint *point; /* [n] by rising value; owned */
  size_t n;
  int is_level; /* 1: it has no value on the axis, as layer has no number along the norms, and is
                   the same anywhere */
} SweepLine;

typedef struct Sweep {
  const char *key;    /* of the configuration, in full; not owned */
  int is_number;      /* 0: values are categories */
  int is_logarithmic; /* 1: values are steps by factors (sweep_has_factors()) */
  SweepLine *line;    /* [n] in the order of their best variants */
  size_t n;
  SweepPoint *value; /* [n_values]: each value once, rising; of lines that are not level */
  size_t n_values;
} Sweep;

/* Returns the key of the configuration that is meant by its full name or by its last part ("lr"),
 * in full; NULL if no variant has it. */
const char *sweep_find_key(const Variants *variants, const char *key);

/* Finds the lines along a key, given in full. Variants without a finished or failed run are left
 * out. Returns STATUS_MEMORY. The caller frees them by sweep_free(); after a failure there is
 * nothing to free. The variants must outlive them. */
Status sweep_make(Sweep *sweep, const Variants *variants, const char *key) MUST_CHECK;
void sweep_free(Sweep *sweep);

/* Returns the largest number of points of a line that is not level. */
size_t sweep_longest(const Sweep *sweep);

/* Returns whether rising values x [n] are rather steps by factors than by amounts: all are above 0,
 * and their ratios are more even than their differences (by the coefficient of variation, that of
 * ratios by their logarithms). Two values are steps by factors if one is at least four times the
 * other. */
int sweep_has_factors(const double *x, size_t n);

/* Returns whether a value that has this mean accuracy and so many failed runs is rather chosen than
 * another: what has no failures comes before what has some, and then the larger mean. */
int sweep_is_better(double mean, size_t n_failed, double other_mean, size_t other_failed);

/* Finds the only number in a text, and writes the text with N in its place: 32 and "batch:N" of
 * "batch:32". Returns 0 if the text has no number, or more than one. */
int sweep_split(const char *text, double *number, char rest[SWEEP_TEXT]);

#endif
