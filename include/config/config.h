#ifndef NORMLAB_CONFIG_CONFIG_H
#define NORMLAB_CONFIG_CONFIG_H
/* The configuration of a run: a YAML file, checked against a schema (libcyaml), changed by options
 * of the command line, completed with defaults. configs/s6.yaml shows the keys; `normlab train`
 * prints the resolved one.
 *
 * A file is one YAML document of at most 1 MiB. Anchors, aliases, tags and keys given twice are
 * refused, as is everything unknown. Switches are true, false, yes or no; numbers are decimal.
 *
 * Errors are STATUS_USAGE with "FILE:LINE: KEY: what is wrong; what is accepted", or with "--set
 * KEY=VALUE: ..." where an option is at fault; STATUS_FILE if the file cannot be read. */
#include "base/status.h"
#include "norms/norms.h"
#include <stddef.h>
#include <stdint.h>

typedef enum LayerType {
  LAYER_BLOCK,           /* block: convolution and what network.order says, in that order */
  LAYER_CONV,            /* conv: a bare convolution */
  LAYER_NORM,            /* norm: by network.norm */
  LAYER_RELU,            /* relu */
  LAYER_DROPOUT,         /* dropout */
  LAYER_MAX_POOL,        /* max-pool */
  LAYER_AVG_POOL,        /* avg-pool */
  LAYER_GLOBAL_AVG_POOL, /* global-avg-pool */
  LAYER_LINEAR           /* linear, on flattened input */
} LayerType;

/* What has no meaning for a layer is refused in the file, and 0 (of a norm: no kind) here: a key of another
 * type; norm and dropout of a block whose operation is not in network.order. */
typedef struct LayerConfig {
  LayerType type;
  int line;       /* in the file, for messages */
  int channels;   /* block, conv: output channels; linear: output features */
  int kernel;     /* block, conv: 3 by default */
  int stride;     /* block, conv: 1 by default; pools: size by default */
  int padding;    /* block, conv: 0 by default */
  int size;       /* max-pool, avg-pool: window; 2 by default */
  int bias;       /* block, conv: false by default; linear: true by default */
  int skip;       /* block, conv: x + layer(x); false by default */
  double dropout; /* dropout, block: probability; network.dropout by default */
  NormSpec norm;  /* block, norm: network.norm by default */
} LayerConfig;

/* The operations of a block, in order. */
typedef enum BlockOp { BLOCK_CONV, BLOCK_NORM, BLOCK_DROPOUT, BLOCK_RELU, BLOCK_OP_COUNT } BlockOp;

typedef struct NetworkConfig {
  NormSpec norm;        /* norm */
  double norm_epsilon;  /* epsilon: 1e-5 */
  double norm_momentum; /* momentum: 0.1, weight of the new value in the running statistics */
  double dropout; /* dropout: 0; at least 1/512 otherwise, as it is applied in steps of 1/256 */
  BlockOp order[BLOCK_OP_COUNT]; /* order: all four by default; conv first, none twice */
  int n_order;
  LayerConfig *layers;
  int n_layers;
} NetworkConfig;

typedef enum ScheduleType {
  SCHEDULE_CONSTANT,   /* constant */
  SCHEDULE_STEP,       /* step: times gamma every `every` epochs */
  SCHEDULE_MULTI_STEP, /* multi-step: times gamma at each of `milestones` (epochs) */
  SCHEDULE_COSINE,     /* cosine: from lr to `final` x lr over the run, by step */
  SCHEDULE_ONE_CYCLE   /* one-cycle: PyTorch's OneCycleLR, cosine: from lr / div to lr, to
                          lr / div / final_div */
} ScheduleType;

/* Formulas: nn/optimizer.h. */
typedef enum OptimizerType {
  OPTIMIZER_SGD,  /* sgd */
  OPTIMIZER_ADAM, /* adam: weight decay as L2, a part of the gradient */
  OPTIMIZER_ADAMW /* adamw: weight decay by itself */
} OptimizerType;

/* Which parameters l1 is for. */
typedef enum L1On {
  L1_ON_ALL, /* all that decay: see decay_norm */
  L1_ON_CONV /* conv: the weights of convolutions */
} L1On;

enum { MAX_MILESTONES = 32, MAX_INPUT_CHANNELS = 4 };

/* How training images are varied, anew each epoch (data/augment.h); nothing by default. The test
 * set never is. */
typedef struct AugmentConfig {
  double rotation; /* rotation: degrees, drawn from -rotation .. rotation; up to 180 */
  double shift;    /* shift: pixels, -shift .. shift along each axis */
  double scale;    /* scale: share, 1 - scale .. 1 + scale; up to 0.9 */
  double shear;    /* shear: degrees, -shear .. shear, of the upright lines; up to 60 */
  int crop;        /* crop: pixels of black around the image, out of which it is cut anew */
  int flip;        /* flip: left and right changed with probability 1/2 */
} AugmentConfig;

typedef struct Config {
  char *name;    /* name: file name without folder and suffix by default */
  uint64_t seed; /* seed: 1 */
  NetworkConfig network;
  struct {
    int shuffle;    /* shuffle: true */
    int validation; /* validation: 0; the last so many of the train set are not trained on, but
                            evaluated in place of the test set */
    int n_mean;     /* 0: mean and deviation of the train set, per channel */
    double mean[MAX_INPUT_CHANNELS];      /* mean: list, pixels being 0 .. 1 */
    double deviation[MAX_INPUT_CHANNELS]; /* deviation: list of the same length */
  } data;
  AugmentConfig augment;
  struct {
    int epochs;             /* epochs: 15; 0 writes the initial state */
    int batch;              /* batch: 128, samples of a step over all ranks */
    double label_smoothing; /* label_smoothing: 0, to below 1; of the training loss alone */
    double ema;             /* ema: 0 for none, else to below 1: decay of the average of the weights
                               (nn/average.h), which is what is evaluated and predicts */
  } training;
  struct { /* a key that means nothing for the type is refused in the file, and 0 here */
    OptimizerType type;  /* type: sgd */
    double lr;           /* lr: 0.05; adam, adamw: 0.001 */
    double momentum;     /* momentum: 0.9 (sgd) */
    int nesterov;        /* nesterov: false (sgd) */
    double beta1, beta2; /* beta1: 0.9, beta2: 0.999 (adam, adamw) */
    double epsilon;      /* epsilon: 1e-8 (adam, adamw) */
    double weight_decay; /* weight_decay: 0; adamw: 0.01 */
    int decay_norm;      /* decay_norm: true; false: neither decay for norm parameters and biases */
    double l1;           /* l1: 0, adds l1 x sum |w| to the loss */
    L1On l1_on;          /* l1_on: all */
  } optimizer;
  struct {
    ScheduleType type;                            /* type: constant */
    int every;                                    /* every: 5 (step) */
    double gamma;                                 /* gamma: 0.1 (step, multi-step) */
    int milestones[MAX_MILESTONES], n_milestones; /* milestones: [] (multi-step) */
    double final;                                 /* final: 0 (cosine) */
    double rise;           /* rise: 0.3, share of the run in which one-cycle rises */
    double div, final_div; /* div: 25, final_div: 10000 (one-cycle) */
    double warmup; /* warmup: 0, epochs of linear warm-up from lr / 100, before any schedule */
  } schedule;
  struct {
    char *backend; /* backend: direct or gemm */
  } conv;
  struct {
    int every_steps;      /* every: 0: at epochs only; 50: steps */
    double every_seconds; /* every: 30s, 10min, 2h */
  } checkpoint;
  struct {
    double seconds; /* seconds: 300; a run in which nothing goes on for so long ends itself with
                       STATUS_STALLED; 0: never */
  } watchdog;
  char *file;          /* where it came from, for messages; not part of the resolved text */
  int validation_line; /* of data.validation in it, 0 if an option says that; likewise */
} Config;

/* The keys that have an option of their own; without the dashes it is a short name of the key. */
enum { N_CONFIG_SHORT = 4 };
typedef struct ConfigShort {
  const char *option, *key;    /* "--norm", "network.norm" */
  const char *argument, *help; /* "SPEC", and what the option does in whole sentences */
} ConfigShort;
extern const ConfigShort CONFIG_SHORT[N_CONFIG_SHORT];

/* One change. option is for messages: "--norm", "--set", or a place in a file. */
typedef struct ConfigChange {
  const char *option;
  const char *key;   /* "optimizer.lr", "network.layers.3.channels" */
  const char *value; /* YAML: 0.1, [1, 2], batch:32 */
} ConfigChange;

/* Reads FILE and applies the changes in order. *config is owned by the caller (config_free), and is
 * NULL after a failure. The file must be valid by itself; the changes may be valid only together,
 * and the one that made the difference is blamed. Checks everything that can be checked without the
 * data: ranges, a list in place of a number, keys that mean nothing for a layer type (kernel of a
 * pool), a block without channels, unknown norm specs. Shapes are checked by nn/network.h. */
Status config_read(Config **config, const char *file, const ConfigChange *changes,
                   int n_changes) MUST_CHECK;
/* The same from text (a resolved configuration out of a result file); file is for messages. */
Status config_parse(Config **config, const char *text, const char *file,
                    const ConfigChange *changes, int n_changes) MUST_CHECK;
void config_free(Config *config);

/* A failure about layer I: "FILE:LINE: network.layers.I (TYPE): text". */
Status config_layer_error(const Config *config, int layer, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));

/* A failure about data.validation: "FILE:LINE: data.validation: text", or "--set
 * data.validation=N: text" where an option says it. */
Status config_validation_error(const Config *config, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 2, 3)));

/* The resolved configuration as YAML, all defaults written out, numbers in the shortest form that
 * reads back the same; reads back by config_parse to an equal Config. Only a layer's norm, dropout
 * and pool stride are left out where they equal what they default to (network.norm,
 * network.dropout, size), so that --norm reaches the layers of a resolved configuration too. Owned
 * by the caller. */
Status config_text(char **text, const Config *config) MUST_CHECK;
/* The part of it that results depend on: without `name` and the sections
 * checkpoint and watchdog. */
Status config_result_text(char **text, const Config *config) MUST_CHECK;

/* A time as checkpoint.every takes it, in seconds: 30s, 10min, 2h, or 0. Returns 1 if the text is
 * such a one, and 0 otherwise. */
int config_duration(double *seconds, const char *text);

/* Calls visit for every value of the resolved configuration with its path ("optimizer.lr") and its
 * value as text, in the order of config_text; layers as one value each ("network.layers.0" =
 * "{type: ...}"). The second: only those of config_result_text. */
void config_visit(const Config *config,
                  void (*visit)(void *context, const char *path, const char *value), void *context);
void config_visit_result(const Config *config,
                         void (*visit)(void *context, const char *path, const char *value),
                         void *context);

/* The first difference in what results depend on: "optimizer.lr: 0.1 here, 0.05 there"; returns 0
 * if there is none. */
int config_difference(char *text, size_t bytes, const Config *here, const Config *there);

#endif
