#ifndef NORMLAB_NN_PASS_H
#define NORMLAB_NN_PASS_H
/* Runs a network over a batch: forward, loss, backward, and exact sums over blocks, threads and
 * ranks.
 *
 * Each rank owns consecutive samples of a batch, which is cut evenly; it may own none. It cuts them
 * into blocks of 16, and no sum depends on where a block begins. (With the backend gemm, whose bits
 * may depend on that, ranks own whole blocks.) Its threads have equally many blocks each; those
 * that are left over are shared, several threads working on one block, where that is faster. If all
 * norms of a network stay within a sample, a thread runs one block after another in its own memory,
 * each from the input to the gradient of the input. A norm that crosses samples cuts the pass into
 * segments. At the end of a segment its sums are exchanged, and the activations of all blocks of
 * the rank are kept.
 *
 * The sums that a pass returns are those of the whole batch, and are the same bits on every rank.
 */
#include "base/images.h"
#include "config/statistics.h"
#include "dist/dist.h"
#include "nn/activity.h"
#include "nn/network.h"
#include "nn/renorm.h"

typedef struct StepResult {
  ExactSum loss; /* the sum over the samples of the batch */
  int64_t correct;
  int n_samples;
  int out_of_range; /* 1: a term of an exact sum was not finite or too large, on any rank */
  int trouble;      /* where, if it was: for pass_trouble_text() */
  int stop;         /* 1: some rank asked for a stop */
} StepResult;

enum { OBSERVATION_NAME = 160, PASS_TROUBLE_TEXT = 200 };

/* What one observed step saw of a layer with a convolution, norm or linear operation. Means and
 * deviations are over the whole batch. */
typedef struct Observation {
  int layer;
  char name
      [OBSERVATION_NAME]; /* "3 block 3x3 pad 1, batch 16x12x12": number, operation, norm, output */
  double mean_before, deviation_before; /* of the input of the norm, or of the output of the
                                           layer's operation where there is no norm */
  double mean_after, deviation_after;   /* after the norm, before dropout and ReLU */
  double gradient_norm;                 /* the L2 norm of the gradient of the layer's parameters;
                                           the caller sets it */
} Observation;

/* What a training pass looks at beside what it computes. */
typedef enum PassLook {
  LOOK_NOT,
  LOOK_LAYERS,    /* pass_observations() are of this pass afterwards */
  LOOK_SIMILARITY /* and so is pass_similarity() */
} PassLook;

typedef struct EvaluationResult {
  ExactSum loss; /* the sum over the whole set */
  int64_t correct;
  int out_of_range;
  /* Each array belongs to the caller, may be NULL, and is filled in on rank 0 only, in the order of
   * the set. */
  int32_t *prediction; /* [n] */
  float *probability;  /* [n][n_classes] */
  double *sample_loss; /* [n] */
} EvaluationResult;

/* Changes the images of a training pass before they are normalized. run() writes the new image to
 * out [c][h][w]; it has to be a pure function of image, context, step and sample number. All
 * threads call it at once, each with scratch memory of its own, aligned to 64 bytes. */
typedef struct PassAugment {
  void (*run)(const void *context, uint8_t *out, const uint8_t *image, void *scratch, uint64_t step,
              uint32_t sample);
  const void *context;
  size_t scratch_bytes;
} PassAugment;

typedef struct Pass Pass;

/* Makes a pass, and plans all of its memory, for batches of up to `batch` samples with n_threads
 * threads. Returns STATUS_MEMORY, or what the convolutions' backend returns that cannot be made
 * ready (kernels/conv.h, prepare). The caller frees the pass by pass_free(), before the network.
 * Not collective, but the memory depends on the number of ranks. */
Status pass_make(Pass **pass, Network *network, int batch, int n_threads) MUST_CHECK;
void pass_free(Pass *pass);
/* How many ranks and threads there are, or would be. */
typedef struct PassLayout {
  int n_ranks, n_threads; /* threads of a rank */
} PassLayout;
/* Computes the bytes that a rank of this layout takes for such a pass, without making it. Returns
 * STATUS_MEMORY. Not collective. */
Status pass_bytes(size_t *bytes, const Network *network, int batch, PassLayout layout) MUST_CHECK;
/* Returns the bytes that pass_set_augment() takes for so many threads. */
size_t pass_augment_bytes(const Network *network, size_t scratch_bytes, int n_threads);
/* Returns how long a rank's n_samples take n_threads threads, which share what is left over, in
 * units of the time that one thread takes for a block of 16 samples. An estimate. */
double pass_rounds(int n_samples, int n_threads);
/* Returns the number of threads of the pass. */
int pass_threads(const Pass *pass);
/* Lets pass_train() change its images from now on; pass_evaluate() never does. It may be called
 * once for each pass. Returns STATUS_MEMORY. Not collective. */
Status pass_set_augment(Pass *pass, PassAugment augment) MUST_CHECK;

/* Sets the limits of renorm's correction (nn/renorm.h) for the training passes from now on; without
 * it they are 1 and 0. All ranks set the same. Not collective. */
void pass_set_renorm(Pass *pass, RenormLimits limits);

/* Collective. Does a training pass over the samples index[0 .. count - 1] of the set, in this
 * order. `step` is the global step number, which the masks of dropout depend on. `table` is that
 * of dataset_table() (data/dataset.h). want_stop is 1 if this rank asks for a stop. Afterwards
 * pass_gradient() is the exact gradient of the SUM of the losses, and the running statistics are
 * updated. */
void pass_train(Pass *pass, const ImageSet *set, const float *table, const uint32_t *index,
                int count, uint64_t step, int want_stop, PassLook look, StepResult *result);
/* Writes where a term of an exact sum was out of range first, in the order of the pass: "the
 * gradient of layer 3 block 3x3, batch 16x12x12". It is the same on all ranks, and for any layout.
 * Not collective. */
void pass_trouble_text(const Pass *pass, const StepResult *result, char text[PASS_TROUBLE_TEXT]);
/* Returns the gradient [n_parameters] of the last training pass in integers:
 * exact_gradient_value() / count is the gradient of the mean loss. */
const int64_t *pass_gradient(const Pass *pass);
/* Returns the observations [*n] of the last observed training pass; they belong to the pass. */
const Observation *pass_observations(const Pass *pass, int *n);
/* Plans the memory of LOOK_SIMILARITY; it may be called once for each pass. Returns STATUS_MEMORY.
 * Not collective. */
Status pass_make_similarity(Pass *pass) MUST_CHECK;
/* Computes the bytes that this takes for so many threads. Returns STATUS_MEMORY. */
Status pass_similarity_bytes(size_t *bytes, const Network *network, int n_threads) MUST_CHECK;
/* Returns, for each observed layer, the mean cosine of the activations of two different samples
 * after the norm, before dropout and ReLU; NaN for a batch of one sample. */
const double *pass_similarity(const Pass *pass);

/* Collective. Takes the statistics of all norms that cross samples over the whole set: exact sums,
 * norm by norm, each with those before it in place, without dropout and augmentation
 * (Running.population; they are the same bits for all ranks, threads and instruction sets). There
 * is a pass over the set up to each of these norms. The parameters must be those that are evaluated
 * then; a training pass makes Network.has_population 0. Returns 1 if a term of a sum was not finite
 * or too large, on any rank. */
int pass_population(Pass *pass, const ImageSet *set, const float *table) MUST_CHECK;
/* Returns an estimate of what pass_population() takes, in training steps over as many images. Not
 * collective. */
double pass_population_steps(const Pass *pass);

/* Collective. Evaluates the set without dropout and augmentation. Norms that cross samples have
 * these statistics: running averages; those that pass_population() has taken, without which this
 * must not be called; or those of batches of the set. These are cut as in training: the set, in its
 * order, into batches of as many samples as the pass is for, where what is left joins the last one,
 * and each of them into the groups of the norm. A group of statistics should have more than one
 * element (network_check_evaluation()). */
Status pass_evaluate(Pass *pass, const ImageSet *set, const float *table, Statistics statistics,
                     EvaluationResult *result) MUST_CHECK;

/* Says that the caller begins an activity, ACTIVITY_UPDATE, _EVALUATE, _WRITE or _OTHER, which
 * lasts until the caller or a pass says otherwise. Thread 0 calls it outside of passes, which
 * begin and end with marks of their own; after a pass the activity is ACTIVITY_OTHER. Not
 * collective. */
void pass_mark(Pass *pass, Activity activity);
/* Lets each mark show in this sign, from now on, where the pass is. With NULL, as at first, it is
 * shown nowhere. Not collective. */
void pass_set_sign(Pass *pass, PassSign *sign);

/* Returns how many samples of the last batch were this rank's. Not collective. */
int pass_own_samples(const Pass *pass);
/* Returns the seconds of thread 0 by phase [PHASE_COUNT], up to the last mark, since the caller
 * has last set them to 0. Not collective. */
double *pass_seconds(Pass *pass);
double pass_clock(void); /* Returns the seconds of a monotonic clock. */

#endif
