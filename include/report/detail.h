#ifndef NORMLAB_REPORT_DETAIL_H
#define NORMLAB_REPORT_DETAIL_H
/* What the HTML page shows of a result file beyond what a comparison needs. Not collective. */
#include "report/run.h"
#include "report/selection.h"

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

/* What probes saw at steps of training (section probes of the configuration). The first two are of
 * the batch, at several distances against its gradient; the others are of each layer. */
typedef enum ProbeQuantity {
  PROBE_WALK_LOSS,
  PROBE_WALK_DISTANCE,
  PROBE_SIMILARITY,
  PROBE_DEVIATION_BEFORE,
  PROBE_DEVIATION_AFTER,
  PROBE_GRADIENT_NORM,
  PROBE_QUANTITY_COUNT
} ProbeQuantity;

enum { DETAIL_MAX_PHASES = 16, PHASE_NAME = 24 };
/* Only of runs with at most so many epochs are the losses of single steps kept. */
enum { DETAIL_FEW_EPOCHS = 3 };

/* A layer with weights. A text is NULL, and a count is -1, where the file does not tell it. */
typedef struct LayerRow {
  char *name;      /* "3 block 3x3 pad 1 + skip, batch 4x13x13", as the file has it; owned */
  char *number;    /* "3": its place in the list of layers, from 0 */
  char *operation; /* "block 3x3 pad 1 + skip" */
  char *norm;      /* "batch"; "" without a norm */
  char *shape;     /* "4x13x13": that of its output */
  int64_t n_weights, n_norm; /* the numbers of its parameters, without and of its norm */
} LayerRow;

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
  LayerRow *layers;  /* [n_layers]; NULL where the file does not name them */
  size_t n_steps;    /* at most DETAIL_FEW_EPOCHS epochs */
  double *step_loss; /* [n_steps]: the loss of each batch; NULL if missing */
  size_t n_probes, n_multiples;
  double *probe_step; /* [n_probes]: the numbers of the steps, from 1; NULL without probes */
  double *probe_loss; /* [n_probes]: the loss of the batch there; NULL if missing */
  /* [n_probes][n_multiples] of the walk, [n_probes][n_layers] of layers; NULL if missing. */
  double *probe[PROBE_QUANTITY_COUNT];
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

/* Reads a run, as run_from_record_by() takes it, and its details, if there is room for any and the
 * selection takes the run, from one file. The failures are those of result_read() (store/file.h)
 * and of selection_takes(). */
Status details_read(Details *details, size_t number, Run *run, int *takes, const char *file,
                    Statistics statistics, Selection *selection) MUST_CHECK;

/* Returns the pixels [c][h][w] of an image that the run gets wrong; NULL if they are not known. */
const uint8_t *detail_pixels(const Details *details, const Detail *detail, size_t image);

#endif
