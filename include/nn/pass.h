#ifndef NORMLAB_NN_PASS_H
#define NORMLAB_NN_PASS_H
/* Running a network over a batch: forward, loss, backward, exact sums over blocks, threads and
 * ranks.
 *
 * A batch is cut into blocks of 16 consecutive samples; ranks own contiguous runs of blocks, and so
 * do the threads of a rank. A rank or thread may own none. Networks whose norms stay within a
 * sample run one block after another from input to input gradient, in a thread's own memory; a norm
 * that crosses samples cuts the pass into segments, at whose ends its sums are exchanged, and keeps
 * the activations of all blocks of the rank.
 *
 * The sums that a pass returns are those of the whole batch and the same bits on every rank. */
#include "base/images.h"
#include "dist/dist.h"
#include "nn/activity.h"
#include "nn/network.h"

typedef struct StepResult {
  ExactSum loss; /* sum over the samples of the batch */
  int64_t correct;
  int n_samples;
  int out_of_range; /* a term of an exact sum was not finite or too large, on any rank */
  int stop;         /* some rank asked for a stop */
} StepResult;

/* What one observed step saw of a layer with a convolution, norm or linear operation. */
typedef struct Observation {
  int layer;
  char name[64];                        /* "layers.3" */
  double mean_before, deviation_before; /* of the input of the norm (output of the layer's operation
                                           where there is no norm), over the whole batch */
  double mean_after, deviation_after;   /* after the norm, before dropout and ReLU */
  double gradient_norm;                 /* of the layer's weights; set by the caller */
} Observation;

typedef struct EvaluationResult {
  ExactSum loss; /* sum over the whole set */
  int64_t correct;
  int out_of_range;
  /* Rank 0 only, in the order of the set; owned by the caller, may be NULL. */
  int32_t *prediction; /* [n] */
  float *probability;  /* [n][n_classes] */
  double *sample_loss; /* [n] */
} EvaluationResult;

/* Changes the images of a training pass before they are normalized. run writes out [c][h][w], a
 * pure function of image, context, step and sample number. It is called by all threads at once,
 * each with scratch memory of its own, aligned to 64 bytes. */
typedef struct PassAugment {
  void (*run)(const void *context, uint8_t *out, const uint8_t *image, void *scratch, uint64_t step,
              uint32_t sample);
  const void *context;
  size_t scratch_bytes;
} PassAugment;

typedef struct Pass Pass;

/* Plans all memory for batches of up to `batch` samples with n_threads threads. Not collective, but
 * the memory depends on the number of ranks. */
Status pass_make(Pass **pass, Network *network, int batch, int n_threads) MUST_CHECK;
void pass_free(Pass *pass);
int pass_threads(const Pass *pass);
/* From now on pass_train has its images changed; pass_evaluate never has. Once a pass. */
Status pass_set_augment(Pass *pass, PassAugment augment) MUST_CHECK;

/* Collective. One training pass over samples index[0 .. count - 1] of the set, in this order; step
 * is the global step number (dropout). Afterwards pass_gradient holds the exact gradient of the SUM
 * of the losses, and running statistics are updated. want_stop: this rank asks for a stop. observe:
 * pass_observations() are of this step. table: dataset_table()'s. */
void pass_train(Pass *pass, const ImageSet *set, const float *table, const uint32_t *index,
                int count, uint64_t step, int want_stop, int observe, StepResult *result);
/* [n_parameters] integers: exact_gradient_value() / count is the gradient of the mean loss. */
const int64_t *pass_gradient(const Pass *pass);
const Observation *pass_observations(const Pass *pass, int *n);

/* Collective. Evaluates the set with running statistics, without dropout. */
Status pass_evaluate(Pass *pass, const ImageSet *set, const float *table,
                     EvaluationResult *result) MUST_CHECK;

/* From here on the caller does this, until it or a pass says otherwise: ACTIVITY_UPDATE, _EVALUATE,
 * _WRITE, _OTHER. By thread 0, outside of passes, which begin and end with marks of their own;
 * after a pass it is ACTIVITY_OTHER. */
void pass_mark(Pass *pass, Activity activity);
/* From now on each mark shows in this sign where the pass is; NULL: nowhere, as at first. */
void pass_set_sign(Pass *pass, PassSign *sign);

/* Seconds by phase of thread 0 [PHASE_COUNT], up to the last mark, since the caller has set them to
 * 0. */
double *pass_seconds(Pass *pass);
double pass_clock(void); /* seconds, monotonic */

#endif
