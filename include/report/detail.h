#ifndef NORMLAB_REPORT_DETAIL_H
#define NORMLAB_REPORT_DETAIL_H
/* What the HTML page shows of a result file beyond what a comparison needs. Not collective. */
#include "report/run.h"

/* The quantities that are drawn over the epochs. */
typedef enum Curve {
  CURVE_TEST_ACCURACY,
  CURVE_TEST_LOSS,
  CURVE_TRAIN_ACCURACY,
  CURVE_TRAIN_LOSS,
  CURVE_COUNT
} Curve;

/* What is observed of a layer: mean and standard deviation of the input of its norm (before) and
 * of the norm's output (after), and the L2 norm of its gradient. */
typedef enum LayerQuantity {
  LAYER_MEAN_BEFORE,
  LAYER_MEAN_AFTER,
  LAYER_DEVIATION_BEFORE,
  LAYER_DEVIATION_AFTER,
  LAYER_GRADIENT_NORM,
  LAYER_QUANTITY_COUNT
} LayerQuantity;

enum { DETAIL_MAX_PHASES = 16, PHASE_NAME = 24 };

typedef struct PhaseSeconds {
  char name[PHASE_NAME];
  double seconds; /* the median over the epochs of the mean over the processes */
} PhaseSeconds;

/* The details of one run. As with Run, what is not in the file, or not of the expected type and
 * shape, is missing: a pointer is NULL and a count is 0. */
typedef struct Detail {
  size_t n_epochs;
  double *curve[CURVE_COUNT]; /* [n_epochs] each; NULL if missing */
  /* [n_epochs][n_layers] each; NULL if missing. These are the layers with weights, in the order
   * of the network. */
  double *layer[LAYER_QUANTITY_COUNT];
  size_t n_layers;
  float *probability; /* [n_test]: the probability of the predicted class; NULL if missing */
  double *loss;       /* [n_test]: the loss of each image; NULL if missing */
  PhaseSeconds phases[DETAIL_MAX_PHASES];
  int n_phases;
  RunKey *environment; /* [n_environment] in the order of the file */
  size_t n_environment;
  char *config;                      /* the whole configuration as YAML; NULL if missing */
  char *created, *version, *command; /* NULL if missing */
  int set;                           /* the index in Details.sets of the set it was evaluated on;
                                        -1: no pixels are known */
} Detail;

/* The misclassified images of a set that several runs were evaluated on. Each image is there once.
 */
typedef struct PictureSet {
  const Run *run; /* one of the runs */
  size_t n;       /* the number of images of the set */
  int c, h, w;
  uint8_t **pixels; /* [n] images [c][h][w]; NULL where no run has got the image wrong */
} PictureSet;

typedef struct Details {
  Detail *detail; /* [n], one for each run */
  size_t n, n_sets;
  PictureSet *sets; /* [n_sets], at most n */
} Details;

/* Makes room for the details of n runs, which are empty until they are added. Returns
 * STATUS_MEMORY. The caller frees them by details_free(). */
Status details_make(Details *details, size_t n) MUST_CHECK;
/* Adds the details of run `number` < n. `run` was made from this record and must keep its place in
 * memory. The only failure is STATUS_MEMORY. */
Status details_add(Details *details, size_t number, const Run *run,
                   const Record *record) MUST_CHECK;
void details_free(Details *details);

/* Reads a run, as run_from_record_by() takes it, and its details, if there is room for any, from
 * one file. The failures are those of result_read() (store/file.h). */
Status details_read(Details *details, size_t number, Run *run, const char *file,
                    Statistics statistics) MUST_CHECK;

/* Returns the pixels [c][h][w] of an image that the run gets wrong; NULL if they are not known. */
const uint8_t *detail_pixels(const Details *details, const Detail *detail, size_t image);

#endif
