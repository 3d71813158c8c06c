#ifndef NORMLAB_NORMS_NORMS_H
#define NORMLAB_NORMS_NORMS_H
/* The norms that there are, how one is written ("batch:32"), and what it then is.
 *
 * A norm divides the elements x of an activation [sample][channel][row][column] into groups, takes
 * the statistics of each group (sums over it divided by its number of elements), and applies a
 * scale gamma and a shift beta:
 *
 *   centred:      mean = sum x / elements,  variance = sum (x - mean)^2 / elements,
 *                 y = gamma (x - mean) / sqrt(variance + epsilon) + beta
 *   not centred:  mean square = sum x^2 / elements,
 *                 y = gamma x / sqrt(mean square + epsilon)
 *
 * How it is written:
 *
 *   norm     := ["rms-"] (name | "over(" axis {"," axis} ")") {modifier}
 *   axis     := n | n:N | c | c:K | c:C/G | h | w, in any order, each axis once, h only beside w
 *   modifier := affine:channel | affine:element | affine:column | affine:none | shift | no-shift
 *
 * A group of over(AXES) reaches along the axes that are named and holds a single index of each
 * other one. Alone an axis is all of it; n:N is N consecutive samples of the global batch (a
 * remainder joins the last group), c:K is K consecutive channels, c:C/G is one G-th of them.
 * "rms-" makes a norm that is not centred and has no shift (Zhang and Sennrich 2019). Without a
 * modifier there is a gamma for each channel, and a beta where the norm is centred.
 *
 * A name is short for over(AXES) and an affine; its row (NormKind) says for which. Each norm has
 * one canonical text, the same for all ways to write it: the name that means the same if there is
 * one, the axes in the order n, c, h, w without spaces, and only modifiers that change something.
 * Two norms are the same, for a comparison and for all else, if their canonical texts are.
 *
 * A norm that only has other groups is one file that defines its row, and one line in
 * src/norms/list.h: the parser, the texts of the help, the explanation, the summary and the
 * executor take all they need from the row. Nothing outside its file asks which norm it is.
 *
 * Not collective; nothing here allocates. */
#include "base/status.h"
#include "kernels/norm.h"

typedef struct NormKind NormKind;

/* How far a group reaches along an axis that can be cut into parts: to a single index of it, to all
 * of it, or to so many consecutive ones. */
enum { NORM_SINGLE = 0, NORM_ALL = -1 };
/* A number that is not told: it is the letter N in texts, as in "batch:N". */
enum { NORM_NUMBER = -2 };

/* The axes along which the elements of a group lie. */
typedef struct NormAxes {
  int samples;       /* NORM_SINGLE, NORM_ALL or a number */
  int channels;      /* NORM_SINGLE, NORM_ALL or a number; NORM_SINGLE if channel_parts > 0 */
  int channel_parts; /* G > 0: one of G equal parts of the channels; else 0 */
  int rows, columns; /* 1: all of them, 0: a single one */
} NormAxes;

/* A norm as a configuration gives it. A spec that is all zeros stands where there is no norm, and
 * is the same as the norm `none`. */
typedef struct NormSpec {
  const NormKind *kind; /* the name that it is written by; NULL: there is no norm */
  int n;                /* the number behind the name, 1 to NORM_MAX_NUMBER; 0: there is none */
  NormAxes over;
  int is_centred;    /* 1: the mean is subtracted; 0: it is not (RMS norms) */
  NormAffine affine; /* which elements have a gamma, and a beta, of their own */
  int has_shift;     /* 1: there is a beta; 0: there is none */
} NormSpec;

/* One way to write a norm. */
typedef struct NormForm {
  const char *text;   /* "batch", or "batch:" where a number follows; NULL: there is no such form */
  const char *over;   /* what it is short for, N for the number: "over(n:N,h,w)"; NULL: the norm has
                         no statistics */
  const char *source; /* the paper: "Ioffe and Szegedy 2015" */
  int example;        /* the number that examples have; 0: the form takes no number */
} NormForm;

/* How the values come about that are scaled and shifted. */
typedef enum NormEstimator {
  NORM_BY_STATISTICS, /* from the statistics of groups; of a norm without groups y = x */
  NORM_BY_TANH        /* tanh(alpha x), which needs none (kernels/dyt.h) */
} NormEstimator;

/* A parameter of a norm beside gamma and beta. */
typedef struct NormParameter {
  const char *name; /* behind "norm." in /model, as a PyTorch module has it; NULL: there is none */
  int is_per_channel;  /* 1: one for each channel, [C]; 0: one in all, [1] */
  double first;        /* its first value */
  const char *meaning; /* what it is, for the result file */
} NormParameter;

enum {
  NORM_FORMS = 2,
  NORM_SPEC_TEXT = 64,
  NORM_WORDS_TEXT = 192,
  NORM_COUNT_TEXT = 32,
  NORM_MAX_NUMBER = 1000000
};

struct NormKind {
  NormForm forms[NORM_FORMS]; /* at most one with a number and one without */
  NormAffine affine;          /* where no modifier says another */

  /* NULL for a norm that differs from others in its groups alone. Otherwise the norm is computed in
   * a way of its own, takes neither "rms-" nor modifiers, and says here what it is. */
  const char *formula;    /* "y = ..." */
  const char *statistics; /* what the formula's statistics are; "" if there are none */
  const char *module;     /* the PyTorch module that computes the same; NULL: there is none */
  NormEstimator estimator;
  int is_about_0;    /* 1: it is not centred, though there is a shift */
  int is_corrected;  /* 1: in training the values are corrected towards those of the running
                        statistics (include/nn/renorm.h) */
  int has_threshold; /* 1: max(y, parameter) follows, which takes the place of a ReLU that comes
                        after the norm in a block (kernels/threshold.h) */
  NormParameter parameter; /* beside gamma and beta */
  /* Returns y for a value that the statistics have normalized (x, if there are none), with the
   * first values of all parameters. NULL: the value itself. */
  double (*at_first)(double x);
};

/* Returns the i-th norm in the order in which users see them, or NULL after the last. */
const NormKind *norm_kind(int i);

/* Whether the norm does anything: 0 for `none`, and for a spec without a kind. */
int norm_has_statistics(NormSpec spec);
/* The number of a norm's parameters for a shape, with their formula as text: "2C + 1". */
size_t norm_parameters(char text[NORM_COUNT_TEXT], NormSpec spec, Shape shape);
/* Whether the norm takes the place of a ReLU that comes after it in a block. */
int norm_replaces_relu(NormSpec spec);
/* Whether samples share statistics: batch norms. */
int norm_crosses_samples(NormSpec spec);
/* Returns the number of consecutive samples that share statistics, 0 for the whole batch. Only for
 * norms that cross samples. */
int norm_batch_group(NormSpec spec);

/* Reads a spec as it is written. Returns STATUS_USAGE, with what is accepted, if text is no norm.
 */
Status norm_spec_parse(NormSpec *spec, const char *text) MUST_CHECK;
/* Writes the canonical text of a spec. */
void norm_spec_text(char text[NORM_SPEC_TEXT], NormSpec spec);
/* Writes what norm_spec_parse reads: "none, batch, batch:N, ...", cut off to bytes. */
void norm_spec_accepted(char *text, size_t bytes);

/* Returns the i-th example of a spec, one for each form of each norm; its kind is NULL after the
 * last. */
NormSpec norm_spec_example(int i);
/* Returns the same form with another number, or with the letter N for it (NORM_NUMBER). The spec
 * must be an example whose form takes a number. */
NormSpec norm_spec_with(NormSpec spec, int number);
/* Returns the form that a spec is written in, which must have a kind; NULL for over(AXES). */
const NormForm *norm_spec_form(NormSpec spec);

/* Write what a spec is: one group of statistics as a noun ("a channel, over all samples of the
 * global batch"), the formula ("y = ..."), what the formula's statistics are ("variance = ...", ""
 * if there are none), and the PyTorch module that computes the same for activations of a shape
 * ("GroupNorm(2, 4)"), "-" where no single module does. */
void norm_group_words(char text[NORM_WORDS_TEXT], NormSpec spec);
void norm_formula_words(char text[NORM_WORDS_TEXT], NormSpec spec);
void norm_statistics_words(char text[NORM_WORDS_TEXT], NormSpec spec);
void norm_module_words(char text[NORM_WORDS_TEXT], NormSpec spec, Shape shape);

#endif
