#ifndef NORMLAB_REPORT_PLOTS_H
#define NORMLAB_REPORT_PLOTS_H
/* The plots of a comparison: what is drawn, and the pictures that gnuplot makes of it. Not
 * collective. */
#include "report/comparison.h"
#include "report/detail.h"
#include "report/page.h"

/* The kinds of pictures. Those for a page have no title and no legend, which are text there; those
 * for files have both. */
typedef enum PictureKind { PICTURE_PAGE, PICTURE_SVG, PICTURE_PNG, PICTURE_KINDS } PictureKind;

/* What a pointer over a plot looks up: the nearest x of each line, the nearest row of the y axis,
 * or the cell of a map. */
typedef enum PlotLookup { LOOKUP_X, LOOKUP_Y, LOOKUP_CELL } PlotLookup;

/* What the series of a plot are, and so which legend names and hides them. */
typedef enum PlotSeries { SERIES_VARIANTS, SERIES_PHASES } PlotSeries;

typedef struct Plot {
  char *name;        /* the name of its file, without extension */
  char *title;       /* the title in a file, which is also what a screen reader
                                         says */
  char *description; /* what is to be seen, in words */
  char *commands;    /* the commands for gnuplot after reset */
  int width, height; /* on a page, in pixels */
  char *caption;     /* what stands below a figure that places its own panels, between the heights
                        that the variables low and high of gnuplot are set to; NULL for others */
  int is_cut;        /* 1: an axis leaves something out, and says so */
  int is_clipped;    /* 1: intervals go on beyond the edges */
  PlotLookup lookup;
  PlotSeries series;
  const char *x_name; /* what an x is called: "epoch"; NULL unless pointers look it up */
  int is_log_x, is_log_y;
  double colours_from, colours_to; /* of a map: the ends of its logarithmic scale of colours, which
                                      is beside it in files but not on the page */
  int *element; /* [n_elements]: the number of the series of each element of the plot command */
  size_t n_elements;
  char *tips; /* what is shown for a pointer: items [series,x,y,"text"] of JSON with a comma between
                 them, or the rows of a map from the first y on; "" for none */
  char axes[128]; /* of the page's picture: left, right, bottom and top end of the axes in pixels,
                     and what they stand for, with a comma between them */
  int n_keys;     /* the number of entries of the legend */
  const char *picture[PICTURE_KINDS]; /* [bytes] in Plots.output; NULL until plots_draw() has
                                         been called */
  size_t bytes[PICTURE_KINDS];
} Plot;

typedef struct Plots {
  const Comparison *comparison;
  const Details *details;
  const Comparison *tuning;       /* the runs by which values were chosen; NULL: there are none */
  const Evaluations *evaluations; /* NULL: there is one alone */
  Plot *plot;                     /* [n] */
  size_t n, capacity, n_variants; /* n_variants are drawn in curves: the best of the finished */
  int is_broken;                  /* 1: there was no memory for one */
  char *output;
} Plots;

/* Makes the plots of a comparison, which must outlive them, as the evaluations must (NULL: there is
 * one alone). Returns STATUS_MEMORY. The caller frees them by plots_free(). */
Status plots_make(Plots *plots, const Comparison *comparison, const Details *details,
                  const Evaluations *evaluations, const Comparison *tuning) MUST_CHECK;
void plots_free(Plots *plots);

/* Draws all plots in each wanted kind, with one run of gnuplot. The failures are those of
 * gnuplot_run(), and STATUS_MEMORY. */
Status plots_draw(Plots *plots, const int wanted[PICTURE_KINDS]) MUST_CHECK;

/* Adds the figure of a metric (report/metric.h) against a key of the configuration, or "norm", with
 * a line a norm; `name` is that of its file. The comparison may be another one, as that of the
 * first stage of a study with tuning, and must live until the call returns. On a validation split
 * the best value of each line is marked, which is the one that the study chooses. It is shown by
 * page_figure(page, plots_find(plots, name), NULL). Returns STATUS_USAGE if there is no such metric
 * or key, or all runs have the same value, with what there is; or STATUS_MEMORY. */
Status plots_add_sweep(Plots *plots, const Comparison *comparison, const char *name,
                       const char *metric, const char *key) MUST_CHECK;

/* Adds the figure of a metric with a row a variant, best on top: mean, interval, runs, failures.
 * Returns STATUS_USAGE if there is no such metric, with those that there are. */
Status plots_add_forest(Plots *plots, const char *name, const char *metric) MUST_CHECK;

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
  FILE *commands, *words, *tips;
  size_t command_bytes, word_bytes, tip_bytes;
  int has_tips, is_broken;
  Plot plot;
} Draft;
int plot_begin(Draft *draft, Plots *plots, int width, int height, const char *name,
               const char *title);
void plot_end(Draft *draft);
void plot_free(Plot *plot);

/* Goes on with the plot command by an element of a series: "plot $v2 using 1:2 with ..", where v
 * is `block`, 2 the number of the series, and what follows is printf-style. */
void plot_element(Draft *draft, const char *block, size_t series, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Goes on with the line of a series through a block v of x, y, low and high end, and with the bands
 * of the first n. A point has a mark every `gap` points. */
void plot_line(Draft *draft, size_t series, const char *name, size_t gap);
void plot_bands(Draft *draft, size_t n);
/* Adds what a pointer at a point of a series is told: printf-style text, in which there is nothing
 * that comes from files. */
void plot_tip(Draft *draft, size_t series, double x, double y, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The mean, the smallest and the largest value over the runs of a variant; NaN if no run has it. */
typedef struct ValueBand {
  double mean, least, most;
} ValueBand;
/* Returns a value of a run, such as that of layer k after epoch i; NaN where it is not known. */
typedef double ValueOf(const Detail *detail, int quantity, size_t i, size_t k);
/* Writes a band as "0.12 (0.1 to 0.15)"; `format` is that of a number. */
void band_tip(Draft *draft, size_t series, double x, double y, const char *format, ValueBand band);
ValueBand band_of(const Plots *plots, const Variant *variant, ValueOf *value, int quantity,
                  size_t i, size_t k);

/* Writes the commands for a logarithmic axis ("x", "y" or "cb") from `least` to `most`, with tics
 * at 1, 2, 5 times powers of ten. */
void plot_log_axis(Draft *draft, const char *axis, double least, double most);
/* Writes those for a y axis of accuracies in percent, of which what is missing to 100 is drawn on a
 * logarithmic scale, from `least` to `most`. has_text: with numbers beside the tics. */
void plot_accuracy_axis(Draft *draft, double least, double most, int has_text);

/* Returns the largest number of epochs of a variant's finished runs. */
size_t epochs_of(const Variant *variant);

/* Writes the commands for a y axis of the first n variants, the first on top. */
void plot_name_axis(FILE *out, const Variants *variants, size_t n);

/* Returns the number of variants with finished runs, which come first in the ranking. */
size_t variants_finished(const Variants *variants);

/* Returns the details of a run. */
const Detail *plots_detail(const Plots *plots, const Run *run);

/* phase_value() returns the seconds of a phase; it is a ValueOf. plots_phases() returns the
 * details of a run that tells the names of the phases, or NULL if there is none. */
double phase_value(const Detail *detail, int quantity, size_t phase, size_t k);
const Detail *plots_phases(const Plots *plots);

/* A plot of a line a variant with its band. i counts the points of a line. */
typedef struct Lines {
  const char *name, *title, *y_label;
  int is_log; /* whether the y axis is logarithmic, and what is not positive is left out */
  int quantity;
  size_t (*n_points)(const Plots *plots, const Variant *variant, int quantity);
  double (*place)(const Plots *plots, const Variant *variant, size_t i); /* x */
  ValueBand (*band)(const Plots *plots, const Variant *variant, int quantity, size_t i);
  void (*axis)(Draft *draft, double from, double to); /* writes the commands for the x axis */
} Lines;
/* Adds it, unless there is nothing to be drawn. */
void plots_add_lines(Plots *plots, const Lines *lines);
/* Writes the commands for an axis of layers, and for one of steps. */
void plot_layer_axis(Draft *draft, double from, double to);
void plot_step_axis(Draft *draft, double from, double to);

/* Each adds the plots of one kind. */
void plots_add_curves(Plots *plots);
/* Adds the accuracy of the tuning against each key that it tried values of. Returns
 * STATUS_MEMORY. */
Status plots_add_tuning(Plots *plots) MUST_CHECK;
/* Adds the loss by step, where there are few epochs. */
void plots_add_steps(Plots *plots);
void plots_add_probes(Plots *plots);
void plots_add_final(Plots *plots);
void plots_add_time(Plots *plots);
void plots_add_layers(Plots *plots);
/* Adds the figures of the error against each key along which a line has at least three points, the
 * norm among them; their names are SWEEP_PREFIX and the key. */
#define SWEEP_PREFIX "error-by-"
Status plots_add_sweeps(Plots *plots) MUST_CHECK;

#endif
