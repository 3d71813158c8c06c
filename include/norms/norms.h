#ifndef NORMLAB_NORMS_NORMS_H
#define NORMLAB_NORMS_NORMS_H
/* The norms that there are, each a row (NormKind) in a file of its own under src/norms, and how a
 * norm is written ("batch:32").
 *
 * A norm divides the elements x of an activation into groups, takes the statistics of each group
 * (sums over it divided by its n elements), and applies a scale gamma and mostly a shift beta:
 *
 *   centred:      mean = sum x / n,  variance = sum (x - mean)^2 / n,
 *                 y = gamma (x - mean) / sqrt(variance + epsilon) + beta
 *   not centred:  mean square = sum x^2 / n,
 *                 y = gamma x / sqrt(mean square + epsilon) + beta
 *
 * A norm that differs from the others in its groups, in being centred and in its shift is one file
 * that defines its row, and one line in src/norms/list.h: the parser, the texts of the help, the
 * explanation, the summary and the executor take all they need from the row. Nothing outside its
 * file asks which norm it is.
 *
 * Not collective; nothing here allocates. */
#include "base/status.h"
#include "kernels/norm.h"

typedef struct NormKind NormKind;

/* A norm as a configuration gives it. A spec without a kind (NULL) stands where there is no norm,
 * and is the same as the norm `none`. */
typedef struct NormSpec {
  const NormKind *kind;
  int n; /* the number that was written, from 1 to NORM_MAX_NUMBER; 0 for a form without one */
} NormSpec;

/* One way to write a norm. */
typedef struct NormForm {
  const char *text;   /* "batch", or "batch:" where a number follows; NULL: there is no such form */
  const char *group;  /* what one group of statistics is, as a noun: "a channel of a sample" */
  const char *source; /* the paper: "Ioffe and Szegedy 2015" */
  int example;        /* the number that examples have; 0: the form takes no number */
} NormForm;

enum { NORM_FORMS = 2, NORM_SPEC_TEXT = 32, NORM_MODULE_TEXT = 64, NORM_MAX_NUMBER = 1000000 };

struct NormKind {
  NormForm forms[NORM_FORMS]; /* at most one with a number and one without */
  const char *formula;        /* "y = ..." */
  const char *statistics;     /* what the formula's statistics are: "variance = ..." */
  NormUnit unit;              /* of what sums are taken before groups are made of them */
  NormAffine affine;          /* which elements have a gamma and a beta of their own */
  int is_centred;             /* 1: the mean is subtracted; 0: it is not (RMS norms) */
  int has_shift;              /* 1: there is a beta; 0: there is none */

  /* Sets *n_groups to the number of groups that the units of a sample of this shape fall into.
   * Groups are runs of consecutive units of equal length. Returns STATUS_USAGE with the reason if
   * the spec does not fit the shape. NULL: the norm has no statistics and does nothing. */
  Status (*partition)(int *n_groups, NormSpec spec, Shape shape);

  /* Returns the number of consecutive samples that share statistics, 0 for the whole batch. NULL:
   * each sample has statistics of its own. */
  int (*batch_group)(NormSpec spec);

  /* Writes the PyTorch module that computes the same for this shape: "GroupNorm(2, 4)". NULL: there
   * is none. */
  void (*module)(char text[NORM_MODULE_TEXT], NormSpec spec, Shape shape);
};

/* Returns the i-th norm in the order in which users see them, or NULL after the last. */
const NormKind *norm_kind(int i);

/* Whether the norm does anything: 0 for `none`, and for a spec without a kind. */
int norm_has_statistics(NormSpec spec);
/* Whether samples share statistics: batch norms. */
int norm_crosses_samples(NormSpec spec);
/* Returns the number of consecutive samples that share statistics, 0 for the whole batch. Only for
 * norms that cross samples. */
int norm_batch_group(NormSpec spec);

/* Reads a spec as it is written. Returns STATUS_USAGE, with the list of what is accepted, if text
 * is no norm. */
Status norm_spec_parse(NormSpec *spec, const char *text) MUST_CHECK;
/* Writes a spec as norm_spec_parse reads it. */
void norm_spec_text(char text[NORM_SPEC_TEXT], NormSpec spec);
/* Writes the forms that norm_spec_parse reads: "none, batch, batch:N, ...", cut off to bytes. */
void norm_spec_accepted(char *text, size_t bytes);

/* Returns the form that a spec is written in; the spec must have a kind. */
const NormForm *norm_spec_form(NormSpec spec);

/* Returns the i-th example of a spec, one for each form of each norm; its kind is NULL after the
 * last. */
NormSpec norm_spec_example(int i);

#endif
