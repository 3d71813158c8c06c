#ifndef NORMLAB_REPORT_PLOTS_H
#define NORMLAB_REPORT_PLOTS_H
/* The plots of a comparison: what is drawn, and the pictures that gnuplot makes of it. Not
 * collective. */
#include "report/comparison.h"
#include "report/detail.h"

/* The kinds of pictures. Those for a page have no title and no legend, which are text there; those
 * for files have both. */
typedef enum PictureKind { PICTURE_PAGE, PICTURE_SVG, PICTURE_PNG, PICTURE_KINDS } PictureKind;

typedef struct Plot {
  char *name;                         /* the name of its file, without extension */
  char *title;                        /* the title in a file, which is also what a screen reader
                                         says */
  char *description;                  /* what is to be seen, in words */
  char *commands;                     /* the commands for gnuplot after reset */
  int width, height;                  /* on a page, in pixels */
  int is_cut;                         /* 1: an axis leaves something out, and says so */
  int n_keys;                         /* the number of entries of the legend */
  const char *picture[PICTURE_KINDS]; /* [bytes] in Plots.output; NULL until plots_draw() has
                                         been called */
  size_t bytes[PICTURE_KINDS];
} Plot;

typedef struct Plots {
  const Comparison *comparison;
  const Details *details;
  Plot *plot;                     /* [n] */
  size_t n, capacity, n_variants; /* n_variants are drawn in curves: the best of the finished */
  int is_broken;                  /* 1: there was no memory for one */
  char *output;
} Plots;

/* Makes the plots of a comparison, which must outlive them. Returns STATUS_MEMORY. The caller
 * frees them by plots_free(). */
Status plots_make(Plots *plots, const Comparison *comparison, const Details *details) MUST_CHECK;
void plots_free(Plots *plots);

/* Draws all plots in each wanted kind, with one run of gnuplot. The failures are those of
 * gnuplot_run(), and STATUS_MEMORY. */
Status plots_draw(Plots *plots, const int wanted[PICTURE_KINDS]) MUST_CHECK;

/* Returns the plot with a printf-style name; NULL if there is none, because no run has what it
 * would show. */
const Plot *plots_find(const Plots *plots, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What follows is for the files that add plots. */

/* A plot that is being made. From plot_begin(), which returns 0 if there is no memory
 * (plots.is_broken then says so), to plot_end(), its commands are written to `commands` and its
 * description to `words`. */
typedef struct Draft {
  Plots *plots;
  FILE *commands, *words;
  size_t command_bytes, word_bytes;
  Plot plot;
} Draft;
int plot_begin(Draft *draft, Plots *plots, int width, int height, const char *name,
               const char *title);
void plot_end(Draft *draft);

/* The mean, the smallest and the largest value over the runs of a variant; NaN if no run has it. */
typedef struct ValueBand {
  double mean, least, most;
} ValueBand;
/* Returns a value of a run, such as that of layer k after epoch i; NaN where it is not known. */
typedef double ValueOf(const Detail *detail, int quantity, size_t i, size_t k);
ValueBand band_of(const Plots *plots, const Variant *variant, ValueOf *value, int quantity,
                  size_t i, size_t k);

/* Writes the commands for a logarithmic axis ("y" or "cb") from `least` to `most`, with tics at 1,
 * 2, 5 times powers of ten. */
void plot_log_axis(FILE *out, const char *axis, double least, double most);

/* Returns the largest number of epochs of a variant's finished runs. */
size_t epochs_of(const Variant *variant);

/* Returns the number of variants with finished runs, which come first in the ranking. */
size_t variants_finished(const Variants *variants);

/* Returns the details of a run. */
const Detail *plots_detail(const Plots *plots, const Run *run);

/* phase_value() returns the seconds of a phase; it is a ValueOf. plots_phases() returns the
 * details of a run that tells the names of the phases, or NULL if there is none. */
double phase_value(const Detail *detail, int quantity, size_t phase, size_t k);
const Detail *plots_phases(const Plots *plots);

/* Each adds the plots of one kind. */
void plots_add_curves(Plots *plots);
void plots_add_final(Plots *plots);
void plots_add_time(Plots *plots);
void plots_add_layers(Plots *plots);
/* Adds the plot of the error against the number of samples that share the statistics of batch
 * norm, where variants differ in that number; the other norms are level lines. plots_group_line()
 * returns the name of the i-th line, and NULL after the last. */
void plots_add_groups(Plots *plots);
const char *plots_group_line(const Plots *plots, size_t i);

#endif
