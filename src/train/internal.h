#ifndef NORMLAB_TRAIN_INTERNAL_H
#define NORMLAB_TRAIN_INTERNAL_H
#include "base/random.h"
#include "data/dataset.h"
#include "data/sampler.h"
#include "nn/average.h"
#include "nn/optimizer.h"
#include "nn/pass.h"
#include "store/file.h"
#include "trace.h"
#include "train/train.h"

/* Where a run stands: all that resuming needs besides weights, moments and running statistics.
 * Plain integers, broadcast as they are. */
typedef struct Position {
  int64_t epoch, step; /* the next step: epoch 0 .., step 0 .. steps of an epoch - 1 */
  int64_t loss[2];     /* exact_split sum over the samples of the epoch so far */
  int64_t correct, n_samples;
} Position;

/* Columns of numbers that grow by a row a step or an epoch; rank 0 only. */
typedef enum ColumnNumber {
  STEP_LOSS_COLUMN,
  STEP_ACCURACY,
  STEP_RATE,
  EPOCH_RATE,
  EPOCH_TRAIN_LOSS,
  EPOCH_TRAIN_ACCURACY,
  EPOCH_TEST_LOSS,
  EPOCH_TEST_ACCURACY,
  LAYER_MEAN_BEFORE,
  LAYER_DEVIATION_BEFORE,
  LAYER_MEAN_AFTER,
  LAYER_DEVIATION_AFTER,
  LAYER_GRADIENT_NORM,
  TIMING_IMAGES,
  TIMING_EPOCH,
  TIMING_PHASE, /* minimum, mean, maximum of each phase */
  COLUMN_COUNT = TIMING_PHASE + 3 * PHASE_COUNT
} ColumnNumber;

typedef struct Column {
  char path[64];
  const char *description, *units;
  size_t width; /* values a row; 0: no data set is written */
  double *value;
  size_t n_rows, capacity;
} Column;

typedef struct History {
  Column column[COLUMN_COUNT];
} History;
/* is_validated: descriptions name the validation split in place of the test set. */
void history_init(History *history, size_t n_layers, int is_validated);
void history_free(History *history);
Status history_add(History *history, int column, const double *row) MUST_CHECK;
Status history_put(const History *history, Record *record) MUST_CHECK;
Status history_get(History *history, const Record *record, const char *file) MUST_CHECK;

/* budget.c: stopping by itself early enough to save. */
typedef enum BudgetItem {
  BUDGET_STEP,
  BUDGET_EVALUATE, /* all between the last step of an epoch and its checkpoint */
  BUDGET_WRITE,
  N_BUDGET_ITEMS
} BudgetItem;
typedef struct Budget {
  double end; /* pass_clock() at which all must be saved; 0: no limit */
  double reserve, longest[N_BUDGET_ITEMS]; /* seconds */
} Budget;
/* limit: seconds from now; 0: none; negative: what SLURM_JOB_END_TIME leaves. */
void budget_start(Budget *budget, double limit);
void budget_measure(Budget *budget, BudgetItem item, double seconds);
/* Before a step: must the run stop in it, so as not to be late? Not before one was measured, so
 * that no attempt is without progress. n_evaluation_steps: steps over as many images as are
 * evaluated. */
int budget_is_up(const Budget *budget, int step, int n_steps, int n_evaluation_steps);
double budget_left(const Budget *budget);

/* watchdog.c: a thread of each rank that ends the run if this rank shows nothing new for `seconds`:
 * names rank, step, phase and layer of all ranks of the node on standard error, and aborts with
 * STATUS_STALLED. */
typedef struct Watchdog Watchdog;
/* Collective. With 0 seconds there is none, and *watchdog is NULL, which all below take. The limit of
 * dist.h is set before it and after it. */
Status watchdog_start(Watchdog **watchdog, double seconds) MUST_CHECK;
/* Where this rank shows that it goes on; NULL without a watchdog. */
PassSign *watchdog_sign(Watchdog *watchdog);
/* Something was done outside the pass. */
void watchdog_mark(Watchdog *watchdog);
/* The step in progress, over all epochs, from 0. */
void watchdog_step(Watchdog *watchdog, int64_t step, int n_steps);
/* Collective. */
void watchdog_stop(Watchdog *watchdog);

/* launch.c */
/* Warns, with the right command, if there are not as many ranks as Slurm was asked for. */
void launch_check(void);
/* What would start so many ranks and threads, each on a core of its own. */
void launch_command(char *text, size_t bytes, int n_ranks, int n_threads);
/* Processors that Slurm gives this node's part of the job; 0 outside. */
int launch_slurm_cores(void);

typedef struct Trainer {
  const TrainOptions *options;
  const Config *config;
  DataSet data;
  const ImageSet *evaluated; /* the test set, or the validation split */
  Sampler sampler;
  Network network;
  Optimizer optimizer;
  Average average; /* with training.ema */
  Pass *pass;
  RandomKey augment_key;
  double mean[MAX_INPUT_CHANNELS], deviation[MAX_INPUT_CHANNELS]; /* of the pixels */
  float table[MAX_INPUT_CHANNELS * 256];
  int n_threads;
  char hosts[512];
  Position position;
  EvaluationResult evaluation;
  Trace *trace;
  Watchdog *watchdog;

  /* Rank 0. */
  Budget budget;
  int is_late; /* it stops for the time limit */
  ResultFile *file;
  Record record;
  History history;
  double epoch_start, last_checkpoint;
  int64_t steps_since_checkpoint, images_since_start;
  Status write_status; /* of a checkpoint inside an epoch, told to the others at the next step */
} Trainer;

/* Whether the validation split is evaluated in place of the test set. */
static inline int is_validated(const Trainer *trainer) {
  return trainer->data.validation.n > 0;
}

static inline const char *evaluated_name(const Trainer *trainer) {
  return is_validated(trainer) ? "validation" : "test";
}

/* checkpoint.c: between a trainer and its record. Rank 0. */
Status checkpoint_begin(Trainer *trainer) MUST_CHECK; /* what does not change during a run */
Status checkpoint_epoch(Trainer *trainer) MUST_CHECK; /* predictions */
Status checkpoint_write(Trainer *trainer, const char *status) MUST_CHECK;
Status checkpoint_load(Trainer *trainer) MUST_CHECK;         /* from trainer->record */
Status checkpoint_verify(const Trainer *trainer) MUST_CHECK; /* configuration and data agree */
/* The weights of options->init. */
Status checkpoint_init(Trainer *trainer) MUST_CHECK;
/* Collective: rank 0's state to all. */
void checkpoint_broadcast(Trainer *trainer);

/* metrics.c: one row of what is counted by steps, and by epochs. Rank 0. spread: seconds by phase,
 * minimum, mean and maximum over ranks; last_count: samples of the last step. */
Status metrics_step(Trainer *trainer, const StepResult *result, double rate) MUST_CHECK;
Status metrics_epoch(Trainer *trainer, double images, double seconds, double *spread[3],
                     int last_count) MUST_CHECK;

/* augmentation.c: has the pass vary its training images if the configuration asks for it. */
Status augmentation_start(Trainer *trainer) MUST_CHECK;

/* progress.c: what the user sees; rank 0. */
void progress_start(const Trainer *trainer);
void progress_step(const Trainer *trainer, int step, int n_steps, double loss, double accuracy,
                   double images_per_second);
void progress_epoch(const Trainer *trainer, double images_per_second, double seconds);

/* signals.c */
void signals_install(void);
int signals_stop_wanted(void);

#endif
