#ifndef NORMLAB_REPORT_DETAIL_H
#define NORMLAB_REPORT_DETAIL_H
/* What a page shows of a result file beyond what a comparison needs. Not collective. */
#include "report/run.h"

typedef enum Curve {
  CURVE_TEST_ACCURACY,
  CURVE_TEST_LOSS,
  CURVE_TRAIN_ACCURACY,
  CURVE_TRAIN_LOSS,
  CURVE_COUNT
} Curve;

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
  double seconds; /* median over epochs of the mean over processes */
} PhaseSeconds;

/* As with Run, what is not in the file, or not in the expected type and shape, is missing. */
typedef struct Detail {
  size_t n_epochs;
  double *curve[CURVE_COUNT]; /* [epochs]; NULL without */
  /* [epochs][n_layers]; NULL without. Layers with weights, in the order of the network. */
  double *layer[LAYER_QUANTITY_COUNT];
  size_t n_layers;
  float *probability; /* [n_test] of the predicted class; NULL without */
  double *loss;       /* [n_test]; NULL without */
  PhaseSeconds phases[DETAIL_MAX_PHASES];
  int n_phases;
  RunKey *environment; /* [n_environment] in the order of the file */
  size_t n_environment;
  char *config;                      /* the whole configuration as YAML; NULL without */
  char *created, *version, *command; /* NULL without */
  int set;                           /* of details.sets; -1: no pixels */
} Detail;

/* The misclassified images of a set that several runs were evaluated on; each once. */
typedef struct PictureSet {
  const Run *run; /* one of them */
  size_t n;       /* images of the set */
  int c, h, w;
  uint8_t **pixels; /* [n] of [c][h][w]; NULL: nobody has got it wrong */
} PictureSet;

typedef struct Details {
  Detail *detail; /* [n] one a run */
  size_t n, n_sets;
  PictureSet *sets; /* [n_sets], at most n */
} Details;

/* Room for n runs; empty details until they are added. STATUS_MEMORY. */
Status details_make(Details *details, size_t n) MUST_CHECK;
/* Of run, which was made from this record and must keep its place; number < n is that of the run.
 * STATUS_MEMORY is the only failure. */
Status details_add(Details *details, size_t number, const Run *run,
                   const Record *record) MUST_CHECK;
void details_free(Details *details);

/* Reads run and details from one file: failures of result_read. */
Status details_read(Details *details, size_t number, Run *run, const char *file) MUST_CHECK;

/* Pixels [c][h][w] of an image that the run gets wrong; NULL without. */
const uint8_t *detail_pixels(const Details *details, const Detail *detail, size_t image);

#endif
