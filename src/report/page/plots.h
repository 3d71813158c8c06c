#ifndef NORMLAB_REPORT_PLOTS_H
#define NORMLAB_REPORT_PLOTS_H
/* The plots of a comparison: what is drawn, and the pictures that gnuplot makes of it. */
#include "report/comparison.h"
#include "report/detail.h"

/* For a page: without title and legend, which are text there. The files have both. */
typedef enum PictureKind { PICTURE_PAGE, PICTURE_SVG, PICTURE_PNG, PICTURE_KINDS } PictureKind;

typedef struct Plot {
  char *name;                         /* a file's, without extension */
  char *title;                        /* of a file, and what a screen reader says */
  char *description;                  /* what is to be seen, in words */
  char *commands;                     /* for gnuplot, after reset */
  int width, height;                  /* on a page, pixels */
  int n_keys;                         /* entries of the legend */
  const char *picture[PICTURE_KINDS]; /* [bytes] in plots.output; NULL until plots_draw */
  size_t bytes[PICTURE_KINDS];
} Plot;

typedef struct Plots {
  const Comparison *comparison;
  const Details *details;
  Plot *plot;                     /* [n] */
  size_t n, capacity, n_variants; /* variants drawn in curves: the best of the finished */
  int is_broken;                  /* no memory */
  char *output;
} Plots;

Status plots_make(Plots *plots, const Comparison *comparison, const Details *details) MUST_CHECK;
void plots_free(Plots *plots);

/* All plots in each of these kinds, by one gnuplot. */
Status plots_draw(Plots *plots, const int wanted[PICTURE_KINDS]) MUST_CHECK;

/* NULL if there is none: no run has what it would show. */
const Plot *plots_find(const Plots *plots, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What follows is for the files that add plots. */

/* A plot whose commands are written to *commands, its description to *words, until plot_end. NULL
 * if there is no memory, which plots.is_broken keeps. */
typedef struct Draft {
  Plots *plots;
  FILE *commands, *words;
  size_t command_bytes, word_bytes;
  Plot plot;
} Draft;
int plot_begin(Draft *draft, Plots *plots, int width, int height, const char *name,
               const char *title);
void plot_end(Draft *draft);

/* Mean, least and most over the runs of a variant; NaN if no run has it. */
typedef struct ValueBand {
  double mean, least, most;
} ValueBand;
typedef double ValueOf(const Detail *detail, int quantity, size_t i, size_t k);
ValueBand band_of(const Plots *plots, const Variant *variant, ValueOf *value, int quantity,
                  size_t i, size_t k);

/* Logarithmic axis ("y", "cb") from `least` to `most`, with tics at 1, 2, 5. */
void plot_log_axis(FILE *out, const char *axis, double least, double most);

/* Most epochs of its finished runs. */
size_t epochs_of(const Variant *variant);

/* Variants with finished runs, which come first in the ranking. */
size_t variants_finished(const Variants *variants);

const Detail *plots_detail(const Plots *plots, const Run *run);

/* Seconds of a phase, a ValueOf; and a run that tells their names, NULL without. */
double phase_value(const Detail *detail, int quantity, size_t phase, size_t k);
const Detail *plots_phases(const Plots *plots);

void plots_add_curves(Plots *plots);
void plots_add_final(Plots *plots);
void plots_add_time(Plots *plots);
void plots_add_layers(Plots *plots);
/* Error against the samples that share the statistics of batch norm, where variants differ in that;
 * the other norms as level lines. The i-th line's name, NULL after the last. */
void plots_add_groups(Plots *plots);
const char *plots_group_line(const Plots *plots, size_t i);

#endif
