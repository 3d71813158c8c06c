#ifndef NORMLAB_REPORT_PAGE_H
#define NORMLAB_REPORT_PAGE_H
/* Writes a comparison as a page of HTML, and its plots and figures as files. Not collective. */
#include "report/comparison.h"
#include "report/detail.h"

/* The runs of a comparison by several evaluations of norms that cross samples. */
typedef struct Evaluations {
  size_t n;
  Statistics way[N_STATISTICS];           /* [n] */
  const Variants *variants[N_STATISTICS]; /* [n]; the first are those of the comparison */
} Evaluations;

typedef struct PageOptions {
  const char *html;  /* the file of the page; NULL for no page */
  const char *plots; /* the folder of the plots, which is made if it is missing; NULL for no
                        files of plots */
  /* The figure that is asked for: a metric (report/metric.h) by variant, "accuracy", or against a
   * key of the configuration or the number in the norm, "error:norm"; NULL for none. It is among
   * the plots, and by itself in a file, whose name ends in .svg or .png; NULL for none. */
  const char *figure, *picture;
} PageOptions;

/* Checks before any work that gnuplot is there, that page and picture can be put in their places,
 * and that there is such a metric, and makes the folder. Returns STATUS_FILE or STATUS_USAGE
 * otherwise. */
Status page_check(const PageOptions *options) MUST_CHECK;

/* Writes what the options ask for, and says by log_note() what it has written. The page contains
 * everything that it shows (pictures, styles, plots), so it can be opened, sent and printed
 * without anything beside it. Text that comes from files is escaped. A section whose data no run
 * has says so. Every file is replaced as a whole (store/replace.h). Returns STATUS_USAGE if
 * the figure has an axis that no run has, or that does not vary, STATUS_FILE if a file cannot be
 * written, STATUS_FAILED if gnuplot fails, or STATUS_MEMORY. evaluations may be NULL, and so
 * may tuning: the runs by which values were chosen for the variants of the comparison.
 *
 * Plots are files NAME.svg and NAME.png, where NAME is accuracy, accuracy-train, loss or
 * loss-train (a line is the mean over the seeds, and its band goes from the smallest to the
 * largest value), final, error-by-KEY (for each key along which three variants differ in nothing
 * else), METRIC-by-KEY or METRIC-by-variant (the figure that is asked for),
 * layers-QUANTITY, layers-QUANTITY-N (the N-th variant by epoch), or time.
 */
Status page_write(const Comparison *comparison, const Details *details,
                  const Evaluations *evaluations, const Comparison *tuning,
                  const PageOptions *options) MUST_CHECK;

#endif
